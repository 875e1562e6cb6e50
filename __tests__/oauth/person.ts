import { type Client, type TaskResponse, asText, createClient } from 'coldwire';
import { cookieJar } from 'coldwire/cookies';
import { firstValueFrom } from 'rxjs';

/** Somebody with a browser, made of coldwire and its cookie jar: fills in the forms of the server. */
export function person(name: string): { goesThrough(url: string): Promise<string> } {
  const client = createClient({ interceptors: [cookieJar()] });
  return {
    goesThrough: async (url) => {
      let page = await open(client, url);
      // A login, and then a consent.
      for (let forms = 0; forms < 3; forms++) {
        const prompt = /name="prompt" value="(\w+)"/.exec(page.body)?.[1];
        const action = /<form[^>]* action="([^"]+)"/.exec(page.body)?.[1];
        if (prompt === undefined || action === undefined) return page.url;
        const form = new URLSearchParams({ prompt, login: name, password: 'pw' });
        const to = new URL(action, page.url).href;
        page = await firstValueFrom(client.post(to, form, { decode: asText }).response);
      }
      return page.url;
    },
  };
}

function open(client: Client, url: string): Promise<TaskResponse<string>> {
  return firstValueFrom(client.get(url, { decode: asText }).response);
}
