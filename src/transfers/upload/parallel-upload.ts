import { Observable, type Subscriber } from 'rxjs';
import { encodeBody, type RequestBody } from '../../http/body.js';
import type { ResumableProtocol } from './resumable-protocol.js';
import type { UploadNotice } from './upload-notice.js';
import type { RunSettings } from './run-settings.js';
import { UploadRun } from './upload-run.js';
import type { UploadRecord } from './upload-record.js';
import type { OpenedSource } from './upload-source.js';

/** Whether the content is to go in several parts at once, and can. */
export function isParallel({ protocol, source }: RunSettings): boolean {
  return (
    (protocol.parallel ?? 1) > 1 &&
    protocol.part !== undefined &&
    protocol.join !== undefined &&
    (source.size ?? 0) >= (protocol.parallel ?? 1)
  );
}

/** Several uploads of parts, each of which survives what an upload survives, and then one that is made of them. */
export class ParallelUpload {
  readonly #set: RunSettings;
  readonly #recordOf: (part: number) => UploadRecord | undefined;
  readonly #out: Subscriber<UploadNotice<Uint8Array>>;
  readonly #count: number;
  readonly #loaded: number[];
  readonly #confirmed: number[];
  readonly #urls: string[] = [];
  #finished = 0;
  #resumed = false;

  constructor(
    settings: RunSettings,
    recordOf: (part: number) => UploadRecord | undefined,
    out: Subscriber<UploadNotice<Uint8Array>>,
  ) {
    this.#set = settings;
    this.#recordOf = recordOf;
    this.#out = out;
    this.#count = settings.protocol.parallel as number;
    this.#loaded = Array.from({ length: this.#count }, () => 0);
    this.#confirmed = [...this.#loaded];
  }

  begin(): void {
    this.#out.add(() => {
      this.#set.source.close();
    });
    const size = this.#set.source.size as number;
    for (let part = 0; part < this.#count && !this.#out.closed; part++) {
      const start = Math.floor((size * part) / this.#count);
      const end = Math.floor((size * (part + 1)) / this.#count);
      const { protocol } = this.#set;
      this.#run(
        {
          ...this.#set,
          protocol: protocol.part?.() as ResumableProtocol,
          source: sliceOf(this.#set.source, start, end),
          job: { ...this.#set.job, size: end - start },
          record: this.#recordOf(part),
          keepsRecord: true,
        },
        (notice) => {
          this.#heard(part, notice);
        },
      );
    }
  }

  #run(settings: RunSettings, heard: (notice: UploadNotice<Uint8Array>) => void): void {
    this.#out.add(
      new Observable<UploadNotice<Uint8Array>>((subscriber) => {
        new UploadRun(settings, subscriber).begin();
      }).subscribe({
        next: heard,
        error: (error: unknown) => {
          this.#out.error(error);
        },
      }),
    );
  }

  #heard(part: number, notice: UploadNotice<Uint8Array>): void {
    if (notice.type === 'begun') {
      this.#resumed ||= notice.resumed;
      this.#confirmed[part] = notice.offset;
    } else if (notice.type === 'progress') {
      this.#loaded[part] = notice.loaded;
      this.#confirmed[part] = notice.confirmed;
      this.#out.next({
        type: 'progress',
        loaded: sum(this.#loaded),
        confirmed: sum(this.#confirmed),
        total: this.#set.job.size,
      });
    } else if (notice.type === 'done') {
      this.#urls[part] = notice.url;
      this.#finished += 1;
      if (this.#finished === this.#count) this.#join();
    } else this.#out.next(notice);
  }

  /** One upload of all the parts; the records of the parts go when it is there. */
  #join(): void {
    const whole = this.#set.protocol.join?.(this.#urls) as ResumableProtocol;
    this.#run({ ...this.#set, protocol: whole, source: NOTHING, record: undefined }, (notice) => {
      if (notice.type === 'begun')
        this.#out.next({ ...notice, offset: sum(this.#confirmed), resumed: this.#resumed });
      else if (notice.type === 'done') {
        for (let part = 0; part < this.#count; part++) void this.#recordOf(part)?.remove();
        this.#out.next(notice);
        this.#out.complete();
      } else if (notice.type !== 'progress') this.#out.next(notice);
    });
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

const NOTHING: OpenedSource = {
  size: 0,
  identity: undefined,
  fileName: undefined,
  contentType: undefined,
  maxPartBytes: Infinity,
  part: () => ({
    body: encodeBody(new Uint8Array()) as RequestBody,
    byteLength: 0,
    isLast: true,
  }),
  close: () => undefined,
};

/** A stretch of a source that knows its size, as a source of its own. */
function sliceOf(source: OpenedSource, start: number, end: number): OpenedSource {
  return {
    size: end - start,
    identity: undefined,
    fileName: undefined,
    contentType: undefined,
    maxPartBytes: source.maxPartBytes,
    part: (offset, maxBytes) => {
      const bytes = Math.min(maxBytes, end - start - offset);
      const isLast = offset + bytes === end - start;
      const part = source.part(start + offset, bytes);
      return 'then' in part ? part.then((late) => ({ ...late, isLast })) : { ...part, isLast };
    },
    close: () => undefined,
  };
}
