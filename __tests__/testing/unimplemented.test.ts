import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { EMPTY, catchError } from 'rxjs';
import { createClient } from '../../src/index.js';
import { unimplemented } from '../../src/testing/index.js';
import { tell } from './told.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('an unimplemented factory', () => {
  it('is silent as long as nothing is requested', () => {
    const factory = unimplemented();
    createClient({ factory }).get('http://t/');
    expect(factory.requests).toEqual([]);
    factory.verify();
  });

  it('fails with an error that names method and URL', () => {
    const reported: Error[] = [];
    const client = createClient({
      factory: unimplemented({ report: (error) => reported.push(error) }),
    });
    expect(tell(client.post('http://t/users?token=hush', {})).lines).toEqual([
      'error request UNIMPLEMENTED',
    ]);
    expect(reported.map(({ message }) => message)).toEqual([
      'POST http://t/users?token=[redacted]: nothing may be requested in this test: its factory is unimplemented()',
    ]);
  });

  it('is heard even if the code under test catches everything', () => {
    const later: (() => void)[] = [];
    jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void later.push(task));
    createClient({ factory: unimplemented() })
      .get('http://t/quiet')
      .pipe(catchError(() => EMPTY))
      .subscribe();
    expect(later).toHaveLength(1);
    expect(later[0]).toThrow('GET http://t/quiet: nothing may be requested');
  });

  it('complains when it is verified, naming each request', () => {
    const factory = unimplemented({ report: () => undefined });
    const client = createClient({ factory });
    for (const task of [client.get('http://t/a'), client.delete('http://t/b')]) tell(task);
    expect(factory.requests.map(({ method }) => method)).toEqual(['GET', 'DELETE']);
    expect(() => factory.verify()).toThrow(
      'Nothing may be requested in this test, but there was\n  GET http://t/a\n  DELETE http://t/b',
    );
  });
});
