/** The bucket that the media of messages are kept in, which the migrations make. */
export const contentBucket = "switchboard-content";
