import type { Declined } from './findEquation';
import { endsAsDecimal, numberLatex } from './latex';
import type { Action, Solution } from './solve';

export type Language = 'en' | 'zh';

/** Chinese if a text contains Chinese characters. */
export function languageOf(text: string): Language {
  return /\p{Script=Han}/u.test(text) ? 'zh' : 'en';
}

/** The steps of a solution, each with its resulting equation, and the result. */
export function solutionText(solution: Solution, language: Language): string {
  const words = wordings[language];
  const steps = solution.steps.map(({ action, equation }, index) => {
    return `${words.step(index + 1, words.action(action))}\n\n$$${equation}$$`;
  });
  return [words.intro(solution), ...steps, words.result(solution, valueLatex(solution))].join('\n\n');
}

/** The same steps as a numbered list, with a sentence each that says why. */
export function explanationText(solution: Solution, language: Language): string {
  const words = wordings[language];
  const steps = solution.steps.map(({ action, equation }) =>
    words.reason(action, equation, solution.unknown),
  );
  const sentences = [words.goal(solution), ...steps, words.result(solution, valueLatex(solution))];
  return sentences.map((sentence, index) => `${index + 1}. ${sentence}`).join('\n');
}

/** Why an equation is not solved, as a clause. */
export function declinedText({ reason, unknowns }: Declined, language: Language): string {
  const names = unknowns.map((name) => `$${name}$`).join(language === 'zh' ? '、' : ', ');
  return wordings[language].declined[reason](names);
}

/** The solution: `x = 1`, `x = \frac{18}{5} = 3.6`, or with a rounded decimal; empty if there is no single value. */
function valueLatex({ unknown, outcome, style }: Solution): string {
  if (outcome.kind !== 'value') return '';
  const { value } = outcome;
  const exact = `${unknown} = ${numberLatex(value, style)}`;
  if (value.d === 1n || (style === 'decimal' && endsAsDecimal(value))) return exact;
  if (endsAsDecimal(value)) return `${exact} = ${value.toString()}`;
  return `${exact} \\approx ${value.valueOf().toFixed(4)}`;
}

interface Wording {
  intro: (solution: Solution) => string;
  step: (number: number, what: string) => string;
  action: (action: Action) => string;
  goal: (solution: Solution) => string;
  reason: (action: Action, equation: string, unknown: string) => string;
  result: (solution: Solution, value: string) => string;
  declined: Record<Declined['reason'], (names: string) => string>;
}

const english: Wording = {
  intro: ({ equation, unknown }) => `Let's solve $${equation}$ for $${unknown}$.`,
  step: (number, what) => `**Step ${number}.** ${what}:`,
  action(action) {
    switch (action.do) {
      case 'simplify':
        return 'Multiply out and collect like terms on each side';
      case 'swap':
        return 'Swap the sides';
      case 'clear':
        return `Multiply both sides by $${action.by}$`;
      case 'divide':
        return `Divide both sides by $${action.by}$`;
      case 'add':
        return `Add $${action.term}$ to both sides`;
      case 'subtract':
        return `Subtract $${action.term}$ from both sides`;
    }
  },
  goal: ({ equation, unknown }) =>
    `We look for the number $${unknown}$ that makes both sides of $${equation}$ the same, and whatever we do to one side we do to the other.`,
  reason(action, equation, unknown) {
    switch (action.do) {
      case 'simplify':
        return `Multiplying out and adding up like terms only writes each side more briefly: $${equation}$.`;
      case 'swap':
        return `An equation may be read from either end, and we want $${unknown}$ on the left: $${equation}$.`;
      case 'clear':
        return `Multiplying both sides by $${action.by}$ leaves whole numbers, which are easier to work with: $${equation}$.`;
      case 'divide':
        return `Dividing both sides by $${action.by}$ undoes the multiplication that is left: $${equation}$.`;
      case 'add':
      case 'subtract': {
        const verb = action.do === 'add' ? `Adding $${action.term}$ to` : `Subtracting $${action.term}$ from`;
        const aim = action.hasUnknown
          ? `brings $${unknown}$ to one side alone`
          : `leaves $${unknown}$ without a number added to it`;
        return `${verb} both sides ${aim}: $${equation}$.`;
      }
    }
  },
  result({ outcome, unknown, style }, value) {
    if (outcome.kind === 'none') {
      return `The two sides can never be equal, so **no number** $${unknown}$ solves the equation.`;
    }
    if (outcome.kind === 'every')
      return `That is always true, so **every number** $${unknown}$ solves the equation.`;
    return `With this, both sides of the equation are $${numberLatex(outcome.sides, style)}$, so the solution is $${value}$.`;
  },
  declined: {
    chain: () => 'it has more than one equals sign',
    unknowns: (names) => `it has more than one unknown (${names})`,
    degree: (names) => `it is not linear: it has a higher power of ${names}`,
    power: () => 'it has a power that is not linear',
    unknownBelow: (names) => `it is not linear: it divides by ${names}`,
    function: (names) => `it is not linear: it has a function of ${names}`,
    zeroBelow: () => 'it divides by zero',
    tooLarge: () => 'its numbers are too large',
  },
};

const chinese: Wording = {
  intro: ({ equation, unknown }) => `我们来解方程 $${equation}$，求 $${unknown}$。`,
  step: (number, what) => `**第 ${number} 步：** ${what}：`,
  action(action) {
    switch (action.do) {
      case 'simplify':
        return '去括号，并在等号两边分别合并同类项';
      case 'swap':
        return '交换等号两边';
      case 'clear':
        return `两边同乘 $${action.by}$`;
      case 'divide':
        return `两边同除以 $${action.by}$`;
      case 'add':
        return `两边同加 $${action.term}$`;
      case 'subtract':
        return `两边同减 $${action.term}$`;
    }
  },
  goal: ({ equation, unknown }) =>
    `我们要找使 $${equation}$ 两边相等的数 $${unknown}$，对一边做什么，对另一边也做什么。`,
  reason(action, equation, unknown) {
    switch (action.do) {
      case 'simplify':
        return `去括号、合并同类项只是把每一边写得更简短：$${equation}$。`;
      case 'swap':
        return `等式从哪一边读都成立，我们把 $${unknown}$ 放在左边：$${equation}$。`;
      case 'clear':
        return `两边同乘 $${action.by}$ 就只剩整数，更容易计算：$${equation}$。`;
      case 'divide':
        return `两边同除以 $${action.by}$，消去剩下的乘法：$${equation}$。`;
      case 'add':
      case 'subtract': {
        const verb = action.do === 'add' ? '同加' : '同减';
        const aim = action.hasUnknown ? `使 $${unknown}$ 只留在一边` : `使 $${unknown}$ 旁边不再有加上的数`;
        return `两边${verb} $${action.term}$，${aim}：$${equation}$。`;
      }
    }
  },
  result({ outcome, unknown, style }, value) {
    if (outcome.kind === 'none') return `两边永远不会相等，所以方程**无解**：没有这样的 $${unknown}$。`;
    if (outcome.kind === 'every') return `这总是成立，所以**任何数** $${unknown}$ 都是方程的解。`;
    return `此时方程两边都等于 $${numberLatex(outcome.sides, style)}$，所以解是 $${value}$。`;
  },
  declined: {
    chain: () => '它有不止一个等号',
    unknowns: (names) => `它有不止一个未知数（${names}）`,
    degree: (names) => `它不是一次方程，含有 ${names} 的高次幂`,
    power: () => '它含有非一次的幂',
    unknownBelow: (names) => `它不是一次方程，分母里有 ${names}`,
    function: (names) => `它不是一次方程，含有 ${names} 的函数`,
    zeroBelow: () => '它除以零',
    tooLarge: () => '其中的数太大',
  },
};

const wordings: Record<Language, Wording> = { en: english, zh: chinese };
