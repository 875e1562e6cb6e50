export const entries: Readonly<Record<string, string>>;
export function typesOf(door: string): string;
export function exportsOf(file: string): readonly { readonly name: string; readonly doc: string }[];
export function globalNames(file: string): readonly string[];
