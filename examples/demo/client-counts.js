/** What the client counts, by itself, at the two ends of its chain. */
export class ClientCounts {
  tasks = 0;
  requests = 0;
  retries = 0;
  replays = 0;
  refreshes = 0;
  closed = 0;
  bodyBytes = 0;
  cuts = 0;
  events = 0;
  eventIds = '';
  uploadBytes = 0;
  uploadHash = '';
  challenges = 0;
  guardedBodies = 0;
  guardedBytes = 0;
  resumedUploadBytes = 0;
  resumedUploadHash = '';
  resumedDownloadBytes = 0;
  resumedDownloadHash = '';

  get totals() {
    return { ...this };
  }
}
