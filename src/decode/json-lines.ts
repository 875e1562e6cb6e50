import { type OperatorFunction, type Subscriber, from, pipe } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { isTaskError, withRequest } from '../errors/task-error.js';
import type { FlowGate } from '../http/flow.js';
import { invalid } from '../http/invalid-input.js';
import type { TaskRequest } from '../http/request.js';
import { Stage } from '../task/stage.js';
import { decodeError } from './decode-error.js';
import { type LineOptions, cutLines, maxLineBytes } from './lines.js';
import { schemaValue } from './schema-value.js';
import { type SchemaResult, type StandardSchema, isStandardSchema } from './standard-schema.js';
import { staged } from './staged.js';

/**
 * Reads a stream of JSON values, one a line (NDJSON, JSON Lines): each is parsed and, with a schema, checked. Empty
 * lines are passed over. A schema that answers later is asked one value at a time, and holds the server back meanwhile.
 * @throws TaskError `decode` for a line that is not JSON or does not fit, naming the line; `limit` for one too long
 *
 * @example
 * client.get('/feed').bytes.pipe(jsonLines(Tick)).subscribe((tick) => draw(tick.price));
 */
export function jsonLines<T = unknown>(
  schema?: StandardSchema<T>,
  options: LineOptions = {},
): OperatorFunction<Uint8Array, T> {
  const maxBytes = maxLineBytes('jsonLines', options);
  checkingInput(() => {
    if (schema !== undefined && !isStandardSchema(schema))
      throw invalid('jsonLines.schema', 'a Standard Schema', schema);
  });
  return pipe(
    cutLines(maxBytes),
    staged<string, T>(
      (subscriber, request, gate) => new JsonStage(subscriber, schema, request, gate),
      schema !== undefined,
    ),
  );
}

class JsonStage<T> extends Stage<string, T> {
  readonly #schema: StandardSchema<T> | undefined;
  readonly #request: TaskRequest | undefined;
  readonly #gate: FlowGate | undefined;
  /** Lines behind one that is still being checked. */
  readonly #waiting: string[] = [];
  #line = 0;
  #busy = false;
  #over = false;

  constructor(
    downstream: Subscriber<T>,
    schema: StandardSchema<T> | undefined,
    request: TaskRequest | undefined,
    gate: FlowGate | undefined,
  ) {
    super(downstream);
    this.#schema = schema;
    this.#request = request;
    this.#gate = gate;
  }

  protected onNext(line: string): void {
    if (this.#busy) this.#waiting.push(line);
    else this.#take(line);
  }

  protected override onComplete(): void {
    this.#over = true;
    if (!this.#busy) this.downstream.complete();
  }

  #take(line: string): void {
    this.#line += 1;
    if (line.trim() === '') return;
    const value = this.#parsed(line);
    if (this.#schema === undefined) {
      this.downstream.next(value as T);
      return;
    }
    const result = this.#checked(this.#schema, value);
    if ('then' in result) this.#await(result);
    else this.downstream.next(this.#fitting(result));
  }

  /** One line at a time: what comes meanwhile waits, and more is not read. */
  #await(result: Promise<SchemaResult<T>>): void {
    this.#busy = true;
    this.#gate?.set(true);
    const late = from(result).subscribe({
      next: (known) => {
        this.#goOn(() => {
          this.downstream.next(this.#fitting(known));
        });
      },
      error: (cause: unknown) => {
        this.#goOn(() => {
          throw this.#threw(cause);
        });
      },
    });
    this.downstream.add(late);
  }

  #goOn(answer: () => void): void {
    this.#busy = false;
    try {
      answer();
      while (!this.#isBusy() && this.#waiting.length > 0)
        this.#take(this.#waiting.shift() as string);
    } catch (error) {
      this.downstream.error(error);
    }
    if (this.#isBusy()) return;
    if (this.#over) this.downstream.complete();
    else this.#gate?.set(false);
  }

  #parsed(line: string): unknown {
    try {
      return JSON.parse(line);
    } catch (cause) {
      throw this.#about(
        decodeError(undefined, 'DECODE_JSON', `line ${String(this.#line)} is not JSON`, cause),
      );
    }
  }

  #checked(schema: StandardSchema<T>, value: unknown): SchemaResult<T> | Promise<SchemaResult<T>> {
    try {
      return schema['~standard'].validate(value);
    } catch (cause) {
      throw this.#threw(cause);
    }
  }

  #fitting(result: SchemaResult<T>): T {
    try {
      return schemaValue(result, undefined, `line ${String(this.#line)}`);
    } catch (error) {
      throw this.#about(error);
    }
  }

  #threw(cause: unknown): unknown {
    const told = cause instanceof Error ? `: ${cause.message}` : '';
    return this.#about(
      decodeError(
        undefined,
        'DECODE_FAILED',
        `the schema threw at line ${String(this.#line)}${told}`,
        cause,
      ),
    );
  }

  #about(error: unknown): unknown {
    return this.#request !== undefined && isTaskError(error)
      ? withRequest(error, this.#request)
      : error;
  }

  /** Behind a call, so that the compiler does not think that no line is awaited between two looks. */
  #isBusy(): boolean {
    return this.#busy;
  }
}
