/** What is not as it should be, in words for a bug report. */
export class CheckFailed extends Error {
  override readonly name = "CheckFailed";
}
