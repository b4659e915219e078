import { parseExpression, partsOf, unknownsOf, type Expression } from './expression';
import { readTokens, type Token } from './expressionTokens';

/**
 * The program that a message asks for; undefined if it asks for none of the known ones. `hasEquation`: its
 * arithmetic belongs to an equation, so it is not evaluated.
 */
export function pythonFor(text: string, hasEquation: boolean): string | undefined {
  if (/fib+on+a[cs]+[hci]*|斐波[那纳]契/i.test(text)) return fibonacci(countIn(text, 20));
  if (/\bprimes?\b|[质素]数/i.test(text)) return primes(text);
  if (/\bfactorials?\b|阶乘/i.test(text)) return factorial(countIn(text, 10));
  const tokens = readTokens(text.slice(0, 2_000));
  if (/\b(plot|graph|draw|chart)\b|[画绘]|图像/i.test(text)) return plot(tokens, text);
  if (hasEquation) return undefined;
  const sum = longestExpression(tokens, isArithmetic);
  // “2-3 sentences” and “2024-01-02” are not to be computed.
  const wantsResult = /\b(calculate|compute|evaluate|how much|what(?:'s| is))\b|[=?？]|计算|等于|多少/i.test(
    text,
  );
  if (sum && (wantsResult || parseExpression(tokens))) return `print(${python(sum)})`;
  const asks =
    /\b(generate|write|run|compute|calculate|print|list|give|use)\b.*\b(code|python|numbers?|program)\b/is;
  return asks.test(text) || /代码|计算|编程|数列/.test(text) ? squares(countIn(text, 10)) : undefined;
}

function countIn(text: string, otherwise: number): number {
  const given = /(?<![\d.])\d{1,4}(?![\d.]*\d)/.exec(text);
  return Math.min(Math.max(given ? Number(given[0]) : otherwise, 1), 1_000);
}

function fibonacci(count: number): string {
  return `# The first ${count} Fibonacci numbers
numbers = [0, 1]
while len(numbers) < ${count}:
    numbers.append(numbers[-1] + numbers[-2])
print(", ".join(str(number) for number in numbers[:${count}]))`;
}

function primes(text: string): string {
  const below = /\b(?:below|under|up to|less than|smaller than)\s+(\d{1,6})\b|(\d{1,6})\s*以[内下]/i.exec(
    text,
  );
  const limit = below?.[1] ?? below?.[2];
  const more = limit ? `candidate <= ${limit}` : `len(primes) < ${countIn(text, 10)}`;
  return `primes = []
candidate = 2
while ${more}:
    if all(candidate % prime for prime in primes if prime * prime <= candidate):
        primes.append(candidate)
    candidate += 1
print(", ".join(str(prime) for prime in primes))`;
}

function factorial(number: number): string {
  return `import math

print(f"${number}! = {math.factorial(${number})}")`;
}

function squares(count: number): string {
  return `# A scripted reply knows few programs; this one prints square numbers.
print(", ".join(str(number * number) for number in range(1, ${count + 1})))`;
}

/** Draws with the standard library alone, as packages may not be available offline. */
function plot(tokens: readonly Token[], text: string): string {
  const found = longestExpression(tokens, (expression) => unknownsOf(expression).join() === 'x');
  const formula = found ? python(found) : 'math.sin(x)';
  const range = /(-?\d+(?:\.\d+)?)\s*(?:to|and|\.\.|到|至)\s*(-?\d+(?:\.\d+)?)/i.exec(
    text.replaceAll('−', '-'),
  );
  const [from, to] = [Number(range?.[1] ?? -10), Number(range?.[2] ?? 10)].sort((a, b) => a - b);
  return `import math, struct, zlib

def f(x):
    return ${formula}

def value(x):
    try:
        y = f(x)
        return y if isinstance(y, (int, float)) and math.isfinite(y) else None
    except (ArithmeticError, ValueError):
        return None

width, height = 640, 400
start, end = ${from}, ${to === from ? Number(to) + 1 : to}
values = [value(start + (end - start) * column / (width - 1)) for column in range(width)]
known = [y for y in values if y is not None]
low, high = min(known, default=-1), max(known, default=1)
if high - low < 1e-9:
    low, high = low - 1, high + 1

image = [bytearray(b"\\xff" * 3 * width) for _ in range(height)]

def dot(column, row, color):
    if 0 <= column < width and 0 <= row < height:
        image[row][3 * column:3 * column + 3] = color

def row_of(y):
    return round((high - y) / (high - low) * (height - 21)) + 10

for column in range(width):
    dot(column, row_of(0) if low <= 0 <= high else height - 1, b"\\xb0\\xb0\\xb0")
for row in range(height):
    dot(round(-start / (end - start) * (width - 1)) if start <= 0 <= end else 0, row, b"\\xb0\\xb0\\xb0")
before = None
for column, y in enumerate(values):
    if y is not None:
        row = row_of(y)
        last = row if before is None else before
        for between in range(min(row, last), max(row, last) + 2):
            dot(column, between, b"\\x1f\\x77\\xb4")
    before = None if y is None else row

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

with open("/mnt/data/plot.png", "wb") as file:
    file.write(b"\\x89PNG\\r\\n\\x1a\\n")
    file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
    file.write(chunk(b"IDAT", zlib.compress(b"".join(b"\\0" + bytes(row) for row in image))))
    file.write(chunk(b"IEND", b""))
print(f"x from {start} to {end}, y from {low:.4g} to {high:.4g}")`;
}

const maxTokens = 60;

/** The longest sequence of tokens that parses as a wanted expression. */
function longestExpression(
  tokens: readonly Token[],
  wanted: (expression: Expression) => boolean,
): Expression | undefined {
  let best: Expression | undefined;
  let length = 0;
  for (let start = 0; start < tokens.length; start++) {
    const stop = tokens.findIndex(({ kind }, at) => at >= start && (kind === 'other' || kind === 'equals'));
    const last = Math.min(stop < 0 ? tokens.length : stop, start + maxTokens);
    for (let end = last; end - start > length; end--) {
      const expression = parseExpression(tokens.slice(start, end));
      if (!expression || !wanted(expression)) continue;
      [best, length] = [expression, end - start];
    }
  }
  return best;
}

function isArithmetic(expression: Expression): boolean {
  const kinds = new Set(partsOf(expression).map(({ kind }) => kind));
  const computes = ['sum', 'product', 'quotient', 'power', 'function'] as const;
  return !kinds.has('unknown') && computes.some((kind) => kinds.has(kind));
}

const pythonNames: Record<string, string> = { ln: 'math.log', log: 'math.log10', abs: 'abs' };
const constants: Record<string, string> = { π: 'math.pi', e: 'math.e' };

function python(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return expression.text.replace(/^0+(?=\d)/, '');
    case 'unknown':
      return constants[expression.name] ?? expression.name;
    case 'function':
      return `${pythonNames[expression.name] ?? `math.${expression.name}`}(${python(withoutBrackets(expression.argument))})`;
    case 'group':
      return `(${python(expression.inner)})`;
    case 'negative':
      return `-${python(expression.of)}`;
    case 'sum':
      return expression.terms
        .map(({ negative, term }, index) => (index === 0 ? '' : negative ? ' - ' : ' + ') + python(term))
        .join('');
    case 'product':
      return `${python(expression.left)} * ${python(expression.right)}`;
    case 'quotient':
      return `${python(expression.top)} / ${python(expression.bottom)}`;
    case 'power':
      return `${python(expression.base)} ** ${python(expression.exponent)}`;
  }
}

function withoutBrackets(expression: Expression): Expression {
  return expression.kind === 'group' ? expression.inner : expression;
}
