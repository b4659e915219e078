import { useEffect, useRef } from 'preact/hooks';
import type { BranchPoint } from '../../../src/protocol/chat';
import { fill, usePanel } from '../../context';
import { ChevronIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
import './BranchSwitch.css';

export interface BranchSwitchProps {
  point: BranchPoint;
  threadId: string;
  /** Whether it gets the focus: the user has just switched with it. */
  focused: boolean;
}

/** Switches between the branches of a conversation that differ at a message: «‹ 2/3 ›». */
export function BranchSwitch({ point, threadId, focused }: BranchSwitchProps) {
  const { panel, strings } = usePanel();
  const root = useRef<HTMLDivElement>(null);
  const { branches } = point;
  const index = branches.findIndex((branch) => branch.thread_id === threadId);
  const numbers = [String(index + 1), String(branches.length)] as const;

  useEffect(() => {
    if (!focused) return;
    root.current?.scrollIntoView({ block: 'nearest' });
    root.current?.querySelector<HTMLButtonElement>('button:enabled')?.focus();
    panel.branchFocused();
  }, [focused, panel]);

  function show(at: number): void {
    const branch = branches[at];
    if (branch) panel.post({ type: 'showBranch', threadId: branch.thread_id, messageId: branch.message_id });
  }

  return (
    <div ref={root} class="branch-switch" role="group" aria-label={strings.branches}>
      <IconButton
        label={fill(strings.previousBranch, ...numbers)}
        disabled={index <= 0}
        onClick={() => show(index - 1)}
      >
        <span class="branch-previous">
          <ChevronIcon />
        </span>
      </IconButton>
      <span class="branch-number">{fill(strings.branchOf, ...numbers)}</span>
      <IconButton
        label={fill(strings.nextBranch, ...numbers)}
        disabled={index >= branches.length - 1}
        onClick={() => show(index + 1)}
      >
        <ChevronIcon />
      </IconButton>
    </div>
  );
}
