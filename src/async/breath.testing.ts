/** For tests that wait for what no event tells: a file, a state of another process. They ask in a loop, with pauses. */

/** A pause between two questions: who asks in a loop would take the processor from those that are asked. */
export async function breath(ms = 20): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
