import type { Subscriber } from 'rxjs';
import { type RequestBody, encodeBody } from '../../http/body.js';
import { Stage } from '../../task/stage.js';
import { joinedOnce } from './joined-once.js';
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
  readonly #urls: (string | undefined)[];
  #finished = 0;
  #over = false;

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
    this.#urls = this.#loaded.map(() => undefined);
  }

  begin(): void {
    this.#out.add(() => {
      this.#leave();
    });
    const { protocol, source, job } = this.#set;
    const size = source.size as number;
    for (let part = 0; part < this.#count && !this.#out.closed; part++) {
      const start = Math.floor((size * part) / this.#count);
      const end = Math.floor((size * (part + 1)) / this.#count);
      const settings = {
        ...this.#set,
        protocol: protocol.part?.() as ResumableProtocol,
        source: sliceOf(source, start, end),
        job: { ...job, size: end - start },
        record: this.#recordOf(part),
        keepsRecord: true,
      };
      this.#run(settings, (notice) => {
        this.#heard(part, notice);
      });
    }
  }

  /** What is to be deleted is deleted by who knows all the parts. */
  #run(settings: RunSettings, heard: (notice: UploadNotice<Uint8Array>) => void): void {
    const stage = new PartStage(this.#out, heard, () => {
      this.#over = true;
    });
    new UploadRun({ ...settings, deleteOnCancel: false }, stage).begin();
  }

  #heard(part: number, notice: UploadNotice<Uint8Array>): void {
    if (notice.type === 'begun' || notice.type === 'done') this.#urls[part] = notice.url;
    if (notice.type === 'progress') {
      this.#loaded[part] = notice.loaded;
      this.#confirmed[part] = notice.confirmed;
      const total = this.#set.job.size;
      const [loaded, confirmed] = [sum(this.#loaded), sum(this.#confirmed)];
      this.#out.next({ type: 'progress', loaded, confirmed, total });
    } else if (notice.type === 'done') {
      this.#finished += 1;
      if (this.#finished === this.#count) this.#join();
    } else this.#out.next(notice);
  }

  /** One upload of all the parts; the records of the parts go when it is there. */
  #join(): void {
    const join = this.#set.protocol.join?.(this.#urls as string[]) as ResumableProtocol;
    const protocol = joinedOnce(join);
    this.#run({ ...this.#set, protocol, source: NOTHING, record: undefined }, (notice) => {
      if (notice.type === 'done') {
        this.#over = true;
        for (let part = 0; part < this.#count; part++) void this.#recordOf(part)?.remove();
        this.#out.next(notice);
        this.#out.complete();
      } else if (notice.type !== 'progress' && notice.type !== 'begun') this.#out.next(notice);
    });
  }

  #leave(): void {
    const { source, deleteOnCancel, protocol, farewell, job } = this.#set;
    source.close();
    if (this.#over || !deleteOnCancel) return;
    this.#urls.forEach((url, part) => {
      if (url === undefined) return;
      void this.#recordOf(part)?.remove();
      protocol.abandon(farewell, job, url).subscribe({ error: () => undefined });
    });
  }
}

/** Hears one part; its failure is that of the whole, its end is not. */
class PartStage extends Stage<UploadNotice<Uint8Array>, UploadNotice<Uint8Array>> {
  readonly #heard: (notice: UploadNotice<Uint8Array>) => void;
  readonly #failed: () => void;

  constructor(
    downstream: Subscriber<UploadNotice<Uint8Array>>,
    heard: (notice: UploadNotice<Uint8Array>) => void,
    failed: () => void,
  ) {
    super(downstream);
    this.#heard = heard;
    this.#failed = failed;
  }

  protected onNext(notice: UploadNotice<Uint8Array>): void {
    this.#heard(notice);
  }

  protected override onComplete(): void {
    // the others may still be on their way
  }

  protected override onError(error: unknown): void {
    this.#failed();
    this.downstream.error(error);
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
