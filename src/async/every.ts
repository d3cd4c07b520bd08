/** Calls back again and again, without keeping the process alive. What it answers ends that. */
export function every(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** How `every` is handed to those whom a test lets time pass for. */
export type Every = typeof every;
