/** Describes a file id that was found in an API's response. */
export interface FoundFileId {
  /** The member that holds the id, such as `id`, `file_id` or `output_file_id`. */
  readonly member: string;
  /**
   * The `object` member (in Anthropic's API: `type`) of the JSON object that contains the id, such as `file` or
   * `batch`. Absent if it has none.
   */
  readonly object?: string;
}

/** The position of a string in a JSON text, both quotes included. `end` is exclusive. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** A file id and its position in the text. */
export interface FileIdSpan extends Span, FoundFileId {
  readonly id: string;
}

/** Members whose value is the id of a file in every object. */
const MEMBERS = new Set([
  'file_id',
  'input_file_id',
  'output_file_id',
  'error_file_id',
  'training_file',
  'validation_file',
]);
/** Members whose value is a list of ids of files. */
const LISTS = new Set(['file_ids', 'result_files']);
/** Members that hold the id of a file only in some objects. */
const OWN = new Set(['id', 'first_id', 'last_id']);
/** Objects whose `id` is the id of a file. */
const FILES = new Set([
  'file',
  'file.deleted',
  'file_deleted',
  'container.file',
  'container.file.deleted',
  'vector_store.file',
  'vector_store.file.deleted',
]);
const BATCHES = new Set(['batch', 'message_batch']);
/** Members that hold the user's own data. */
const FOREIGN = new Set(['metadata', 'attributes']);

interface Frame {
  readonly isList: boolean;
  /** The member whose value this object or list is. */
  readonly name: string | undefined;
  readonly isForeign: boolean;
  /** The member whose value comes next. Undefined before a name. */
  member: string | undefined;
  /** The value of `object` or `type`. */
  object: string | undefined;
  /** Members that may hold ids, decided when the object is known: `object` may come last. */
  readonly candidates: { readonly member: string; readonly span: Span }[];
  /** For a list: whether its items are files (or batches). For an object: whether the items of its `data` are. */
  holdsFiles: boolean;
}

/**
 * Finds the ids of files in the JSON of a response: in OpenAI's files, uploads, batches, fine-tuning jobs, containers,
 * vector stores, messages and responses, and in Anthropic's files and messages. `metadata` and `attributes` hold the
 * user's own data and are skipped.
 *
 * @param text valid JSON
 * @param batches whether the ids of batches are found as well
 */
export function findFileIds(text: string, batches: boolean): FileIdSpan[] {
  const found: FileIdSpan[] = [];
  const frames: Frame[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    const frame = frames.at(-1);
    if (character === '"') {
      const end = endOfText(text, at);
      if (frame !== undefined && !frame.isForeign) readText(text, { start: at, end }, frame, frames.at(-2));
      at = end - 1;
    } else if (character === '{' || character === '[') frames.push(open(character === '[', frame));
    else if (character === ',' && frame !== undefined) frame.member = undefined;
    else if ((character === '}' || character === ']') && frame !== undefined) {
      frames.pop();
      const isFile = isFileObject(frame.object, batches);
      for (const { member, span } of frame.candidates) {
        if (!holdsId(member, isFile, frame.holdsFiles)) continue;
        const id = textOf(text, span);
        if (id !== '') found.push({ ...span, id, member, ...(frame.object !== undefined && { object: frame.object }) });
      }
      tellParent(frame, isFile, frames.at(-1));
    }
  }
  return found.sort((one, other) => one.start - other.start);
}

function open(isList: boolean, parent: Frame | undefined): Frame {
  const name = parent?.isList === false ? parent.member : undefined;
  const isForeign = parent?.isForeign === true || (name !== undefined && FOREIGN.has(name));
  return { isList, name, isForeign, member: undefined, object: undefined, candidates: [], holdsFiles: false };
}

/** Reads a string: the name of a member, its value, or an item of a list. */
function readText(text: string, span: Span, frame: Frame, parent: Frame | undefined): void {
  if (frame.isList) {
    if (frame.name !== undefined && LISTS.has(frame.name)) parent?.candidates.push({ member: frame.name, span });
    return;
  }
  const { member } = frame;
  if (member === undefined) frame.member = textOf(text, span);
  else if (MEMBERS.has(member) || OWN.has(member)) frame.candidates.push({ member, span });
  // If an object has both, `object` wins, whichever comes first.
  else if (member === 'object') frame.object = textOf(text, span);
  else if (member === 'type') frame.object ??= textOf(text, span);
}

function isFileObject(object: string | undefined, batches: boolean): boolean {
  return object !== undefined && (FILES.has(object) || (batches && BATCHES.has(object)));
}

function holdsId(member: string, isFile: boolean, holdsFiles: boolean): boolean {
  if (!OWN.has(member)) return true;
  return member === 'id' ? isFile : holdsFiles;
}

function tellParent(frame: Frame, isFile: boolean, parent: Frame | undefined): void {
  if (parent === undefined) return;
  if (parent.isList) parent.holdsFiles ||= isFile;
  else if (frame.isList && frame.name === 'data') parent.holdsFiles = frame.holdsFiles;
}

function textOf(text: string, { start, end }: Span): string {
  return JSON.parse(text.slice(start, end));
}

/** Finds the end of the string that begins with the quote at `start`: the position after the next unescaped quote. */
function endOfText(text: string, start: number): number {
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}
