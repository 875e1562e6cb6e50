declare module 'content-disposition' {
  export function parse(field: string): {
    readonly type: string;
    readonly parameters: Readonly<Record<string, string>>;
  };
}
