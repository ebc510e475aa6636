// A text of users in a message: its beginning, where it is long.

export function shortened(text: string, letters = 60): string {
  return text.length > letters ? `${text.slice(0, letters)}...` : text;
}
