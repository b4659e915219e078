import { Component, type ComponentChildren } from 'preact';

export interface ErrorBoundaryProps {
  /** What is drawn; drawing is tried again when it changes. */
  of: unknown;
  /** Shown in place of the children where they cannot be drawn. */
  fallback: (error: unknown) => ComponentChildren;
  children: ComponentChildren;
}

interface State {
  failed?: { error: unknown };
  of: unknown;
}

/** Keeps an error of what is drawn within from emptying the rest of the panel. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, State> {
  override state: State = { of: this.props.of };

  static override getDerivedStateFromError(error: unknown): Partial<State> {
    return { failed: { error } };
  }

  static override getDerivedStateFromProps({ of }: ErrorBoundaryProps, state: State): State | null {
    return of === state.of ? null : { of, failed: undefined };
  }

  override render(): ComponentChildren {
    const { failed } = this.state;
    return failed === undefined ? this.props.children : this.props.fallback(failed.error);
  }
}
