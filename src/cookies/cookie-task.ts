import { withoutSecrets } from '../errors/without-secrets.js';
import { HeaderFields } from '../http/header-fields.js';
import { secretsOf } from '../http/redact.js';
import { Stage } from '../task/stage.js';
import type { TaskEvent } from '../task/task-event.js';

/** A whole task with cookies: what was sent of them stands in none of its errors, whoever echoes it. */
export class CookieTask extends Stage<TaskEvent, TaskEvent> {
  readonly #secrets = new Set<string>();

  /** This goes along with an exchange. */
  sends(cookies: string): void {
    for (const secret of secretsOf(HeaderFields.received({ cookie: cookies }), ''))
      this.#secrets.add(secret);
  }

  protected onNext(event: TaskEvent): void {
    this.downstream.next(event);
  }

  protected override onError(error: unknown): void {
    const secrets = [...this.#secrets].sort((one, other) => other.length - one.length);
    this.downstream.error(secrets.length === 0 ? error : withoutSecrets(error, secrets));
  }
}
