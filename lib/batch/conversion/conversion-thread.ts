import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { Answer, Question } from './conversion-worker';
import { WORKER_FILE } from './worker-file';

/** An idle thread ends after this time, in milliseconds. */
const IDLE_MS = 10_000;

/**
 * A line of 4 MiB can become 200 MB of objects. A line that needs more ends the thread but not the process, and becomes
 * an error row.
 */
const HEAP_MB = 384;

interface Job {
  readonly question: Question;
  readonly signal: AbortSignal;
  readonly resolve: (answer: Answer | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Converts long lines on a separate thread, one after the other: parsing a few megabytes would block the event loop for
 * 20 to 100 ms. The thread is started when it is first needed and does not keep the process alive.
 */
export class ConversionThread {
  readonly #file: string;
  readonly #idleMs: number;
  readonly #waiting: Job[] = [];
  #current: Job | undefined;
  #worker: Worker | undefined;
  #isReady = false;
  #isUnavailable = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(file: string = WORKER_FILE, idleMs: number = IDLE_MS) {
    this.#file = file;
    this.#idleMs = idleMs;
  }

  /** Whether a thread is running. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * Converts a line. Its bytes are transferred to the thread.
   *
   * @returns undefined if no thread can be started, in a bundle for example; the bytes are then not transferred
   * @throws if the thread ended because of this line; the reason of `signal` if it aborts while the line waits
   */
  convert(question: Question, signal: AbortSignal): Promise<Answer | undefined> {
    if (this.#isUnavailable) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, signal, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== undefined) return;
    clearTimeout(this.#idle);
    while (this.#waiting[0]?.signal.aborted === true) {
      const job = this.#waiting.shift();
      job?.reject(job.signal.reason);
    }
    if (this.#waiting.length === 0) {
      this.#idle = setTimeout(() => this.#stop(), this.#idleMs).unref();
      return;
    }
    const worker = this.#worker ?? this.#start();
    if (worker === undefined || !this.#isReady) return;
    this.#current = this.#waiting.shift();
    const bytes = this.#current?.question.line.bytes.buffer;
    worker.postMessage(this.#current?.question, bytes instanceof ArrayBuffer ? [bytes] : []);
  }

  #start(): Worker | undefined {
    let worker: Worker;
    try {
      worker = new Worker(this.#file, workerOptions());
    } catch (error) {
      this.#giveUp(error);
      return undefined;
    }
    this.#worker = worker;
    this.#isReady = false;
    worker.on('message', (answer: Answer | 'ready') => {
      if (answer === 'ready') this.#isReady = true;
      else {
        this.#current?.resolve(answer);
        this.#current = undefined;
      }
      this.#next();
    });
    worker.once('error', (error) => this.#onEnd(worker, error));
    worker.once('exit', (code) => this.#onEnd(worker, new Error(`The thread ended with code ${code}.`)));
    // After adding the listeners, because a listener for messages keeps the process alive.
    worker.unref();
    return worker;
  }

  #onEnd(worker: Worker, error: unknown): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    if (!this.#isReady) {
      this.#giveUp(error);
      return;
    }
    this.#current?.reject(error);
    this.#current = undefined;
    this.#next();
  }

  #giveUp(error: unknown): void {
    this.#isUnavailable = true;
    process.emitWarning(
      `express-file-content: no thread could be started to convert long lines of batch outputs (${String(error)}). ` +
        'They are converted on the main thread, which they hold up.',
    );
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
  }

  #stop(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}

/** Own members only, and no options of the process, because its preloaded modules would be loaded in the thread too. */
function workerOptions(): WorkerOptions {
  return Object.assign(Object.create(null), {
    execArgv: [],
    env: {},
    name: 'express-file-content: batch conversion',
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
}

/** The thread of the process. */
export const conversionThread = new ConversionThread();
