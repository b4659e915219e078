/** The panel's icons, 16 by 16 pixels, in the current text colour. */
import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const AddIcon = () => (
  <Icon>
    <path d="M8 3v10M3 8h10" />
  </Icon>
);

export const HistoryIcon = () => (
  <Icon>
    <path d="M3 5.2A5.6 5.6 0 1 1 2.4 8M3 2.4v2.8h2.8M8 5v3.2l2.2 1.4" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <g fill="currentColor" stroke="none">
      <circle cx="3.5" cy="8" r="1.1" />
      <circle cx="8" cy="8" r="1.1" />
      <circle cx="12.5" cy="8" r="1.1" />
    </g>
  </Icon>
);

export const ChevronIcon = () => (
  <Icon>
    <path d="m6 3.5 4.5 4.5L6 12.5" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M2.7 2.8 13.6 8 2.7 13.2l1.5-5.2zM4.2 8h4.6" />
  </Icon>
);

export const StopIcon = () => (
  <Icon>
    <rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" />
  </Icon>
);

export const ExchangeIcon = () => (
  <Icon>
    <path d="M5 13V3M2.5 5.5 5 3l2.5 2.5M11 3v10M8.5 10.5 11 13l2.5-2.5" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="7.5" height="8" rx="1" />
    <path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-5a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h1" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m3 8.5 3.2 3.2L13 4.8" />
  </Icon>
);

export const InsertIcon = () => (
  <Icon>
    <path d="M2.5 3h11M2.5 13h11M7.5 8h6M2.5 5.8 4.9 8l-2.4 2.2" />
  </Icon>
);

export const ApplyIcon = () => (
  <Icon>
    <path d="M9 2.5H4.5a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h7a1 1 0 0 0 1-1V6zM9 2.5V6h3.5M8 6.5v3M6.5 8h3M6.5 11.2h3" />
  </Icon>
);

export const NewFileIcon = () => (
  <Icon>
    <path d="M12.5 7.5V6L9 2.5H4.5a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1H8M9 2.5V6h3.5M12 10v4M10 12h4" />
  </Icon>
);

export const JsonIcon = () => (
  <Icon>
    <path d="M6 2.5c-2 0-1.5 1.5-1.5 3S4 8 2.8 8c1.2 0 1.7 1 1.7 2.5s-.5 3 1.5 3M10 2.5c2 0 1.5 1.5 1.5 3S12 8 13.2 8c-1.2 0-1.7 1-1.7 2.5s.5 3-1.5 3" />
  </Icon>
);

export const UpIcon = () => (
  <Icon>
    <path d="M8 13V3M4 7l4-4 4 4" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M8 3v10M4 9l4 4 4-4" />
  </Icon>
);

export const ErrorIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.7" />
    <path d="M8 5v3.6M8 10.9v.1" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
);

export const FileIcon = () => (
  <Icon>
    <path d="M9 2.5H4.5a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h7a1 1 0 0 0 1-1V6zM9 2.5V6h3.5M5.5 8.5h5M5.5 11h5" />
  </Icon>
);

export const AttachIcon = () => (
  <Icon>
    <path d="m12.6 7.6-4.7 4.7a2.9 2.9 0 0 1-4.1-4.1l5-5a1.9 1.9 0 0 1 2.7 2.7l-5 5a.9.9 0 0 1-1.3-1.3l4.5-4.5" />
  </Icon>
);

export const ImageIcon = () => (
  <Icon>
    <path d="M2.5 4a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1zM3 11.5l3-3 2.5 2.5 2-2 2.5 2.5M10.5 6v.1" />
  </Icon>
);

export const QuestionIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.7" />
    <path d="M6.2 6.5a1.8 1.8 0 1 1 2.6 1.6c-.5.3-.8.6-.8 1.2M8 11.2v.1" />
  </Icon>
);

export const EditIcon = () => (
  <Icon>
    <path d="m3 13 .7-3L10.9 2.8a1 1 0 0 1 1.4 0l.9.9a1 1 0 0 1 0 1.4L6 12.3z M9.6 4.1l2.3 2.3" />
  </Icon>
);

export const DeleteIcon = () => (
  <Icon>
    <path d="M2.8 4.2h10.4M6 4.2V2.7h4v1.5M4.2 4.2l.6 9.1h6.4l.6-9.1M6.7 6.7v4.2M9.3 6.7v4.2" />
  </Icon>
);

export const RefreshIcon = () => (
  <Icon>
    <path d="M13 5.6A5.5 5.5 0 1 0 13.5 8M13.2 2.6v3h-3" />
  </Icon>
);

export const RefreshWithIcon = () => (
  <Icon>
    <path d="M12.2 5.2A5 5 0 1 0 12.8 7.6M12.4 2.4v2.9H9.5M9.5 13l2 1.5 2-1.5" />
  </Icon>
);

export const BranchIcon = () => (
  <Icon>
    <circle cx="4.5" cy="3.7" r="1.5" />
    <circle cx="4.5" cy="12.3" r="1.5" />
    <circle cx="11.5" cy="5.2" r="1.5" />
    <path d="M4.5 5.2v5.6M11.5 6.7c0 2.8-3 2.6-7 3.3" />
  </Icon>
);

export const OpenIcon = () => (
  <Icon>
    <path d="M9 2.5H4.5a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h7a1 1 0 0 0 1-1V6zM9 2.5V6h3.5" />
  </Icon>
);

export const LinesIcon = () => (
  <Icon>
    <path d="M3 4h10M3 8h7M3 12h9" />
  </Icon>
);

export const SymbolIcon = () => (
  <Icon>
    <path d="m5 4.5-3 3.5 3 3.5M11 4.5l3 3.5-3 3.5M9 3.5l-2 9" />
  </Icon>
);

export const TerminalIcon = () => (
  <Icon>
    <path d="M2.5 4a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1zM5 6l2 2-2 2M8.5 10.5H11" />
  </Icon>
);

export const ChangesIcon = () => (
  <Icon>
    <path d="M8 2.5v6M5 5.5h6M5 12h6" />
  </Icon>
);
