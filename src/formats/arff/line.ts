// Words, quotes and separators of one line of ARFF; what they mean is parser.ts's business.
// Blanks are what Weka takes for blanks: the space and every control character, so the CR of a CRLF too.
import { shortened } from '../../core/errors/shortened.ts';

const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

export class ArffLine {
  readonly text: string;
  /** At the first thing that was not read yet and is not blank. */
  at = 0;
  /** Whether the last word stood in quotes. */
  quoted = false;

  constructor(text: string) {
    this.text = text;
    this.#skipBlanks();
  }

  /** The next character, '' at the end of the line. */
  get next(): string {
    return this.text[this.at] ?? '';
  }

  /** True at the end of the line or before a comment. */
  get done(): boolean {
    return this.at >= this.text.length || this.next === '%';
  }

  /** Steps over `char` when it is next. */
  take(char: string): boolean {
    if (this.next !== char) return false;
    this.at++;
    this.#skipBlanks();
    return true;
  }

  /** The next word or quoted text, '' where a separator stands; undefined when a quote is never closed. */
  word(): string | undefined {
    const { text } = this;
    const quote = this.next;
    this.quoted = quote === "'" || quote === '"';
    const from = this.at;
    if (!this.quoted) {
      while (this.at < text.length && !isWordEnd(text.charCodeAt(this.at))) this.at++;
      const word = text.slice(from, this.at);
      this.#skipBlanks();
      return word;
    }
    let word = '';
    for (this.at++; text[this.at] !== quote; this.at++) {
      const escaped = text[this.at] === '\\';
      if (escaped) this.at++;
      if (this.at >= text.length) return undefined;
      word += escaped ? this.#escaped(text[this.at]!) : text[this.at];
    }
    this.at++;
    this.#skipBlanks();
    return word;
  }

  /** A short plain integer directly before a comma or the end, read without making a string; else -1, and nothing is read. */
  plainInteger(): number {
    const { text } = this;
    let at = this.at;
    let value = 0;
    let char = text.charCodeAt(at);
    while (char >= 48 && char <= 57) {
      value = value * 10 + char - 48;
      char = text.charCodeAt(++at);
    }
    if (at === this.at || at - this.at > 15 || (char !== 44 && at < text.length)) return -1;
    this.at = at;
    return value;
  }

  /** What was not read yet, for a message. */
  rest(): string {
    return this.done ? 'the end of the line' : shown(this.text.slice(this.at));
  }

  /** What a character behind a backslash stands for, as Weka writes it. */
  #escaped(char: string): string {
    const code = char === 'u' ? /^[0-9a-f]{4}/i.exec(this.text.slice(this.at + 1, this.at + 5))?.[0] : undefined;
    if (code === undefined) return CONTROLS[char] ?? char;
    this.at += code.length;
    return String.fromCharCode(Number.parseInt(code, 16));
  }

  #skipBlanks(): void {
    while (this.text.charCodeAt(this.at) <= 32) this.at++;
  }
}

/** Text of a file in a message: short, and without control characters that a terminal would obey. */
export function shown(text: string): string {
  return JSON.stringify(shortened(text, 40)).replace(/\p{Cc}/gu, '.');
}

/** Blank, `%`, `,`, `{` or `}`. */
const isWordEnd = (char: number): boolean => char <= 32 || char === 37 || char === 44 || char === 123 || char === 125;
