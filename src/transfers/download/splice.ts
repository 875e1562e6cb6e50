import type { TaskErrorOf } from '../../errors/task-error.js';
import type { HeaderFields } from '../../http/header-fields.js';
import type { TaskRequest } from '../../http/request.js';
import type { ResponseHead } from '../../http/response.js';
import { LIMITS } from '../../task/limits.js';
import { parseContentRange } from './content-range.js';
import { wantedDigests } from './digest-fields.js';
import { beyondLimit, lost, resourceChanged, wrongBytes } from './download-errors.js';
import { type Known, type Verdict, judge, lengthOf, resumableBy } from './judge.js';
import { DigestCheck, type MakeDigest, type WantedDigest } from './running-digest.js';
import { type Validator, isOther } from './validator.js';

/** Where a download goes on that began earlier, perhaps in another process. */
export interface ResumeStart {
  readonly offset: number;
  readonly validator: Validator;
  readonly totalBytes: number | undefined;
}

/** What a splice goes by. */
export interface SpliceRules {
  /** Whether what was delivered can be taken back. */
  readonly canRestart: boolean;
  readonly failsOnChange: boolean;
  readonly makeDigest: MakeDigest;
  /** Whether `Repr-Digest` is verified here; who keeps the bytes verifies what was kept. */
  readonly verifiesWhole: boolean;
}

/** The answer that is being read: the first one, the rest of a whole that came again, or a part that was asked for. */
interface Answer {
  readonly role: 'first' | 'rest' | 'part';
  /** Bytes to come that are there already. */
  skipBytes: number;
  /** Bytes behind them that it has promised. */
  takeBytes: number | undefined;
}

/**
 * Makes one sequence of bytes of many answers: it knows what is there, judges what comes, and lets nothing by that is
 * not the next byte. What it throws is a `TaskError`: `network` for what another request may better.
 */
export class Splice {
  readonly #rules: SpliceRules;
  readonly #request: TaskRequest;
  readonly #now: () => number;
  readonly #maxBytes: number;
  #known: Known = NOTHING;
  #answer: Answer | undefined;
  #content: DigestCheck | undefined;
  #whole: DigestCheck | undefined;

  constructor(
    rules: SpliceRules,
    request: TaskRequest,
    now: () => number,
    start: ResumeStart | undefined,
  ) {
    this.#rules = rules;
    this.#request = request;
    this.#now = now;
    if (start !== undefined) this.#known = { ...start, digests: [] };
    const { bufferedBytes, streamedBytes } = request.context.get(LIMITS);
    this.#maxBytes = request.delivery === 'buffered' ? bufferedBytes : streamedBytes;
  }

  get offset(): number {
    return this.#known.offset;
  }

  get totalBytes(): number | undefined {
    return this.#known.totalBytes;
  }

  /** Whether the answer has come to bytes that are new. */
  get hasBytes(): boolean {
    return this.#answer?.skipBytes === 0;
  }

  /** Whether another request can bring the rest, or all of it once more. */
  get canGoOn(): boolean {
    const { offset, validator } = this.#known;
    return offset === 0 || validator !== undefined || this.#rules.canRestart;
  }

  /** The fields of the next request. */
  askingFor(headers: HeaderFields): HeaderFields {
    const asked = headers.set('accept-encoding', 'identity');
    const { offset, validator } = this.#known;
    if (offset > 0 && validator === undefined) this.#forget();
    if (offset === 0 || validator === undefined) return asked;
    return asked.set('range', `bytes=${String(offset)}-`).set('if-range', validator.value);
  }

  /** An exchange begins, perhaps another one of the same request. */
  begin(): void {
    this.#answer = undefined;
    this.#content = undefined;
  }

  /** Takes a head: `goes-on` behind what is there, `first` for the first bytes, `anew` for first bytes instead of others. */
  head(head: ResponseHead): 'first' | 'anew' | 'goes-on' {
    const verdict = judge(head, this.#known);
    if (verdict.type === 'unusable') throw this.#lost('MALFORMED_RESPONSE', verdict.why);
    const content = wantedDigests(head.headers, 'content-digest');
    this.#content = content.length > 0 ? this.#check(content) : undefined;
    if (verdict.type === 'goes-on') {
      this.#goOn(verdict, head);
      return 'goes-on';
    }
    const anew = verdict.type === 'changed';
    if (anew) {
      if (this.#rules.failsOnChange || !this.#rules.canRestart)
        throw resourceChanged(this.#request, verdict.why, head);
      this.#forget();
      // A part of the new one is of no use: it is asked for from its start.
      if (head.status !== 200)
        throw this.#lost('RESOURCE_CHANGED', `the resource changed: ${verdict.why}`);
    }
    this.#start(head);
    return anew ? 'anew' : 'first';
  }

  /** Takes bytes of an answer; returns those that are new. */
  chunk(bytes: Uint8Array): Uint8Array | undefined {
    const answer = this.#answer;
    this.#content?.update(bytes);
    if (answer === undefined) return undefined;
    const fresh = bytes.subarray(answer.skipBytes);
    answer.skipBytes -= bytes.byteLength - fresh.byteLength;
    if (fresh.byteLength === 0) return undefined;
    if (answer.takeBytes !== undefined) {
      answer.takeBytes -= fresh.byteLength;
      if (answer.takeBytes < 0) this.#tooMany(answer);
    }
    const offset = this.#known.offset + fresh.byteLength;
    if (offset > this.#maxBytes) throw beyondLimit(this.#request, this.#maxBytes);
    this.#known = { ...this.#known, offset };
    this.#whole?.update(fresh);
    return fresh;
  }

  /** An answer has ended in order: whether all is there, or another part is to be asked for. */
  end(): 'complete' | 'part' {
    const { offset, totalBytes } = this.#known;
    const answer = this.#answer;
    this.#verify(this.#content);
    if (totalBytes === offset || (totalBytes === undefined && answer?.role !== 'part')) {
      this.#verify(this.#whole);
      return 'complete';
    }
    if (answer?.role === 'part' && answer.takeBytes === 0) return 'part';
    throw this.#lost('BODY_TRUNCATED', `ended after ${String(offset)} bytes`);
  }

  /** Takes a 416: whether it says that all is there. Otherwise what was had is of another version, or no more to be had. */
  unsatisfiable(error: TaskErrorOf<'status'>): void {
    const { offset, totalBytes, validator } = this.#known;
    const { headers } = error.response;
    const total = parseContentRange(headers.get('content-range'))?.total ?? totalBytes;
    // Another version may be as long as this one.
    const isSame = validator === undefined || !isOther(validator, headers);
    if (isSame && total === offset && (totalBytes ?? offset) === offset) {
      this.#verify(this.#whole);
      return;
    }
    const why = isSame
      ? `there is nothing behind byte ${String(offset)}`
      : `its ${validator.field} is another`;
    if (this.#rules.failsOnChange || !this.#rules.canRestart)
      throw resourceChanged(this.#request, why, error.response);
    this.#forget();
    throw this.#lost('RESOURCE_CHANGED', `the resource changed: ${why}`);
  }

  #start(head: ResponseHead): void {
    const digests = wantedDigests(head.headers, 'repr-digest');
    const totalBytes = lengthOf(head);
    const validator = resumableBy(head, this.#now())?.validator;
    this.#known = { offset: 0, validator, totalBytes, digests };
    this.#answer = { role: 'first', skipBytes: 0, takeBytes: totalBytes };
    this.#whole =
      this.#rules.verifiesWhole && digests.length > 0 ? this.#check(digests) : undefined;
  }

  #goOn(verdict: Verdict & { type: 'goes-on' }, { status, headers }: ResponseHead): void {
    const { skipBytes, takeBytes, totalBytes } = verdict;
    const { digests } = this.#known;
    this.#known = {
      ...this.#known,
      totalBytes,
      digests: digests.length > 0 ? digests : wantedDigests(headers, 'repr-digest'),
    };
    this.#answer = { role: status === 206 ? 'part' : 'rest', skipBytes, takeBytes };
  }

  /** A first answer longer than it said was coded, and its coding undone, on a platform that hides that: let it be. */
  #tooMany(answer: Answer): void {
    if (answer.role !== 'first')
      throw this.#lost('MALFORMED_RESPONSE', 'more bytes than its head promised');
    answer.takeBytes = undefined;
    this.#content = undefined;
    this.#whole = undefined;
    this.#known = { ...this.#known, validator: undefined, totalBytes: undefined };
  }

  #forget(): void {
    this.#known = NOTHING;
    this.#whole = undefined;
  }

  #check(wanted: readonly WantedDigest[]): DigestCheck {
    return new DigestCheck(wanted, this.#rules.makeDigest);
  }

  #verify(check: DigestCheck | undefined): void {
    const algorithm = check?.mismatch();
    if (algorithm !== undefined) throw wrongBytes(this.#request, algorithm);
  }

  #lost(code: string, why: string): Error {
    return lost(this.#request, code, why);
  }
}

const NOTHING: Known = { offset: 0, validator: undefined, totalBytes: undefined, digests: [] };
