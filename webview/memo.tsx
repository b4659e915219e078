import { Component, type ComponentChildren, type ComponentType } from 'preact';

/** Like React's `memo`: re-renders only when a prop changes (`!==`). */
export function memo<P extends object>(inner: (props: P) => ComponentChildren): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const before = this.props as Readonly<P>;
      const keys = new Set([...Object.keys(before), ...Object.keys(next)]) as Set<keyof P>;
      return [...keys].some((key) => before[key] !== next[key]);
    }

    override render(): ComponentChildren {
      const Inner = inner as ComponentType<P>;
      return <Inner {...this.props} />;
    }
  };
}
