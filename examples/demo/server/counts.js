/** What the server counts, by itself: it knows the tasks only by their `X-Task` field. */
export class ServerCounts {
  #lastStatus = new Map();
  #totals = { requests: 0, retries: 0, replays: 0, refreshes: 0, closed: 0, bodyBytes: 0 };
  #streams = { cuts: 0, events: 0, eventIds: '', uploadBytes: 0, uploadHash: '' };
  #resumed = {
    resumedUploadBytes: 0,
    resumedUploadHash: '',
    resumedDownloadBytes: 0,
    resumedDownloadHash: '',
  };
  #guarded = { challenges: 0, guardedBodies: 0, guardedBytes: 0 };

  received(task, path) {
    const before = this.#lastStatus.get(task);
    this.#totals.requests += 1;
    if (task === undefined) return;
    if (path === '/token') this.#totals.refreshes += 1;
    if (before === 401) this.#totals.replays += 1;
    else if (before !== undefined) this.#totals.retries += 1;
    this.#lastStatus.set(task, before ?? 0);
  }

  answered(task, status, bodyBytes) {
    if (task !== undefined) this.#lastStatus.set(task, status);
    this.#totals.bodyBytes += bodyBytes;
  }

  closed(bodyBytes) {
    this.#totals.closed += 1;
    this.#totals.bodyBytes += bodyBytes;
  }

  /** The server itself ended the connection in the middle of an answer. */
  cut(task, bodyBytes) {
    this.#lastStatus.set(task, 200);
    this.#totals.bodyBytes += bodyBytes;
    this.#streams.cuts += 1;
  }

  sentEvent(id) {
    this.#streams.events += 1;
    this.#streams.eventIds = `${this.#streams.eventIds},${id}`.replace(/^,/, '');
  }

  uploaded(bytes, hash) {
    this.#streams.uploadBytes = bytes;
    this.#streams.uploadHash = hash;
  }

  challenged() {
    this.#guarded.challenges += 1;
  }

  /** Bytes of a request's body behind a challenge, whether or not it was let in. */
  guardedBody(bytes) {
    if (bytes > 0) this.#guarded.guardedBodies += 1;
    this.#guarded.guardedBytes += bytes;
  }

  /** An upload that came in parts, once it is whole. */
  resumedUpload(bytes, hash) {
    this.#resumed.resumedUploadBytes = bytes;
    this.#resumed.resumedUploadHash = hash;
  }

  /** What a download in parts should come to. */
  offered(bytes, hash) {
    this.#resumed.resumedDownloadBytes = bytes;
    this.#resumed.resumedDownloadHash = hash;
  }

  get totals() {
    return {
      tasks: this.#lastStatus.size,
      ...this.#totals,
      ...this.#streams,
      ...this.#guarded,
      ...this.#resumed,
    };
  }
}
