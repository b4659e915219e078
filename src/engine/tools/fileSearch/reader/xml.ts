import { Parser } from 'htmlparser2';

export interface XmlHandlers {
  /** Element names come without their namespace prefix. */
  open?: (name: string, attributes: Record<string, string>) => void;
  text?: (text: string) => void;
  close?: (name: string) => void;
}

/** Parses XML; entities that the file defines are not expanded. Does nothing without bytes. */
export function readXml(bytes: Uint8Array | undefined, { open, text, close }: XmlHandlers): void {
  if (!bytes) return;
  const parser = new Parser(
    {
      onopentag: (name, attributes) => open?.(local(name), attributes),
      ontext: (part) => text?.(part),
      onclosetag: (name) => close?.(local(name)),
    },
    { xmlMode: true },
  );
  parser.write(new TextDecoder(isUtf16(bytes)).decode(bytes));
  parser.end();
}

/** An attribute by its local name; one without a prefix wins. */
export function attribute(attributes: Record<string, string>, name: string): string | undefined {
  return attributes[name] ?? Object.entries(attributes).find(([key]) => key.endsWith(`:${name}`))?.[1];
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function isUtf16([a, b]: Uint8Array): string {
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8';
}
