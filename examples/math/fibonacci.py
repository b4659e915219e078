"""The Fibonacci numbers, in two ways."""


def fibonacci(count: int) -> list[int]:
    """Give the first `count` numbers, each the sum of the two before it."""
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:count]


def fibonacci_recursive(n: int) -> int:
    """Give the number at place `n`. Slow for large `n`: why?"""
    if n < 2:
        return n
    return fibonacci_recursive(n - 1) + fibonacci_recursive(n - 2)


if __name__ == "__main__":
    print(fibonacci(20))
