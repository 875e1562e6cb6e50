import { type Observable, type OperatorFunction, Subject, type Subscriber, concatMap, from, of, pipe } from 'rxjs';
import { Stage } from '../task/stage.js';
import { decodeError } from './decode-error.js';
import { type LineOptions, lines } from './lines.js';
import { schemaValue } from './schema-value.js';
import type { StandardSchema } from './standard-schema.js';
import { staged } from './staged.js';

/**
 * Reads a stream of JSON values, one a line (NDJSON, JSON Lines): each is parsed and, with a schema, checked. Empty
 * lines are passed over.
 * @throws TaskError `decode` for a line that is not JSON or does not fit, naming the line; `limit` for one too long
 *
 * @example
 * client.get('/feed').bytes.pipe(jsonLines(Tick)).subscribe((tick) => draw(tick.price));
 */
export function jsonLines<T = unknown>(schema?: StandardSchema<T>, options: LineOptions = {}): OperatorFunction<Uint8Array, T> {
  return pipe(
    lines(options),
    staged<string, T>((subscriber) =>
      schema === undefined
        ? new JsonStage(subscriber as Subscriber<unknown>)
        : new JsonStage(checked(subscriber, schema)),
    ),
  );
}

/** A subscriber that has each value checked, in order also where the schema answers later. */
function checked<T>(downstream: Subscriber<T>, schema: StandardSchema<T>): Subscriber<unknown> {
  const values = new Subject<unknown>();
  const check = (value: unknown): Observable<T> => {
    const result = schema['~standard'].validate(value);
    return 'then' in result ? from(result.then((late) => schemaValue(late))) : of(schemaValue(result));
  };
  values.pipe(concatMap(check)).subscribe(downstream);
  return new ForwardStage(downstream as Subscriber<unknown>, values);
}

class ForwardStage extends Stage<unknown, unknown> {
  readonly #values: Subject<unknown>;

  constructor(downstream: Subscriber<unknown>, values: Subject<unknown>) {
    super(downstream);
    this.#values = values;
  }

  protected onNext(value: unknown): void {
    this.#values.next(value);
  }

  protected override onComplete(): void {
    this.#values.complete();
  }

  protected override onError(error: unknown): void {
    this.#values.error(error);
  }
}

class JsonStage extends Stage<string, unknown> {
  #line = 0;

  protected onNext(line: string): void {
    this.#line += 1;
    if (line.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw decodeError(undefined, 'DECODE_JSON', `line ${String(this.#line)} is not JSON`, cause);
    }
    this.downstream.next(value);
  }
}
