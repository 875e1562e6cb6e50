import { describe, expect, it } from '@jest/globals';
import { catchError } from 'rxjs';
import { type Interceptor, asBytes, createClient } from '../../src/index.js';
import { createTestController } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

describe('a body that is collected', () => {
  it('starts anew with every sent, the head too', () => {
    const controller = createTestController();
    const again: Interceptor = (request, next) =>
      next(request).pipe(catchError(() => next(request.clone({ attempt: 2 }))));
    const client = createClient({ factory: controller.factory, interceptors: [again] });
    const { lines } = tell(client.get('http://h/'));
    const first = controller.expectOne('/');
    first.head(200);
    first.chunk('[1,');
    first.fail('CONNECTION_RESET');
    controller.expectOne('/').json(200, [2]);
    expect(lines).toEqual(['[2]', 'complete']);
  });

  it('is one array of all its chunks, which bytes hands on as they are', () => {
    const controller = createTestController();
    const sizes: number[][] = [];
    const task = createClient({ factory: controller.factory }).get('http://h/', {
      decode: asBytes,
    });
    task.subscribe((bytes) => sizes.push([...bytes]));
    task.bytes.subscribe((bytes) => sizes.push([...bytes]));
    for (const held of controller.match('/')) {
      held.chunk(Uint8Array.of(1));
      held.chunk(Uint8Array.of(2, 3));
      held.complete();
    }
    expect(sizes).toEqual([[1, 2, 3], [1], [2, 3]]);
  });
});
