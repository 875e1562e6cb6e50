import { Observable } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { type Policy, policy } from '../task/policy.js';
import type { TaskEvent } from '../task/task-event.js';
import { boundTo } from './at-home.js';
import { type AuthenticateOptions, authenticateRules } from './authenticate-options.js';
import { AuthenticatedTask } from './authenticated-task.js';
import { CredentialState } from './credential-state.js';

/**
 * Puts a credential that can be renewed on every request: bearer tokens, session keys.
 *
 * However many requests are refused with one credential, it is refreshed once and they are sent again with the new
 * one; a late refusal of the old credential is sent again without another refresh; requests that start meanwhile wait.
 * Each request is sent again at most twice, its body opened anew each time; one whose body is a stream is not, and its 401 is
 * delivered. Unsubscribing leaves the wait, and nothing else.
 *
 * The credential goes to its origins only. A request with an `Authorization` of its own or with `AUTH.of(false)` is
 * left alone. State is per value: clients that share the value share credential and refresh.
 *
 * Errors: `auth` with the code `AUTH_REFRESH_FAILED` for all who waited (its `cause` says why, `previous` has the
 * 401), `AUTH_REFRESH_LOOP` when refreshes do not help, `AUTH_CREDENTIAL_FAILED` when `credential$` fails; `aborted`
 * with `IDENTITY_CHANGED`; `request` for a request without a home origin.
 *
 * @example
 * const plain = createClient({ baseUrl: 'https://api.example.com' });
 * const client = plain.with(
 *   authenticate({
 *     credential: { token: 'abc', renewal: 'xyz' },
 *     apply: (request, { token }) => bearer(request, token),
 *     refresh: ({ renewal }) => plain.post<Session>('/token', { renewal }),
 *   }),
 * );
 */
export function authenticate<C>(options: AuthenticateOptions<C>): Policy {
  const { rules, atHome } = checkingInput(() => {
    const checked = authenticateRules(options);
    return { rules: checked, atHome: boundTo(checked.origins) };
  });
  const state = new CredentialState(rules);
  return policy({
    name: 'authenticate',
    intercept: (request, next) => {
      if (!atHome(request)) return next(request);
      return new Observable<TaskEvent>((subscriber) => {
        if (state.calling) {
          next(request).subscribe(subscriber);
          return;
        }
        const task = new AuthenticatedTask(rules, state, request, next, subscriber);
        if (state.canChange) {
          subscriber.add(() => {
            state.exit(task);
          });
          state.enter(task);
        }
        task.begin();
      });
    },
  });
}
