/* codec: every limit on bytes from outside, in one table. Each is checked before anything is reserved for it. */
#ifndef LINLI_CODEC_LIMITS_H
#define LINLI_CODEC_LIMITS_H

enum {
    LIMIT_DEPTH = 16,                    /* nested arrays and maps */
    LIMIT_FRAME_BYTES = 65535,           /* one Noise message on the wire */
    LIMIT_FIRST_FRAME_BYTES = 1024,      /* handshake message 1 */
    LIMIT_HANDSHAKE_BYTES = 8192,        /* handshake messages 2 and 3 (with the grant chain) */
    LIMIT_MESSAGE_BYTES = 128 * 1024,    /* one session message, all its frames */
    LIMIT_MESSAGE_ITEMS = LIMIT_MESSAGE_BYTES, /* MessagePack items in one session message: as many as its bytes can be */
    LIMIT_CHANGESET_BYTES = 96 * 1024,   /* tail and parts of one changeset */
    LIMIT_RUN_CHANGESETS = 1024,         /* changesets in one run */
    LIMIT_RUN_BYTES = 112 * 1024,        /* one run as a message body */
    LIMIT_PARTS = 1024,                  /* parts in one changeset */
    LIMIT_OPS = 512,                     /* ops in one part */
    LIMIT_SEEN = 512,                    /* heads cited by one changeset */
    LIMIT_AUTHORS = 4096,                /* authors cited by one log, or in one scope */
    LIMIT_CONTEXT = LIMIT_AUTHORS + 1,   /* entries of one causal context: all that a log may cite, and its own author */
    LIMIT_VALUE_BYTES = 16 * 1024,       /* one field group's value */
    LIMIT_SCOPE_DEPTH = 8,               /* root = 1 */
    LIMIT_CHAIN = 8,                     /* grants from the root to a device */
    LIMIT_GRANT_BYTES = 1792,            /* the root's, with all its signatures; those below it have one, and are half as long */
    LIMIT_STATEMENT_BYTES = 4096,        /* a revocation or a ruling; what needs more is said in several */
    LIMIT_CERTIFICATES = 256,            /* in one grants message */
    LIMIT_ROOT_BYTES = 4096,
    LIMIT_ROOT_VERSIONS = 32,            /* of the root document, in the life of a network */
    LIMIT_CHAIN_CERTIFICATES = 64,       /* what a device shows: its chain, with the root's versions and affirmations before it */
    LIMIT_CHAIN_BYTES = 64 * 1024,
    LIMIT_WAITING_BYTES = 32 * 1024 * 1024 /* runs that wait for what they cite, whole replica */
};

#endif
