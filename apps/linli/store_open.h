/** Command line: which store, under which key, by which clock. */
#ifndef LINLI_APP_STORE_OPEN_H
#define LINLI_APP_STORE_OPEN_H

#include "context.h"

/** Put the store's folder into ctx->store_dir: --store, $LINLI_STORE, else the user's data folder. Exit code. */
int store_find(struct context *ctx);

/**
 * Open the store into ctx->store. While another process holds it, wait for it for a moment, or hand the call to it
 * when it is a daemon that answers.
 * Args:    forwarded  set when a daemon did the work; the exit code is then its
 * Returns: an exit code, the error printed.
 */
int store_open(struct context *ctx, int argc, char **argv, bool *forwarded);

/** The key with which a store is made: everything that linli_store_create and linli_join need to know. */
struct store_key {
    uint8_t key[LINLI_KEY_BYTES];
    char *passphrase;
    bool has_key;
    bool made; /**< a new key file was written: take it away again if the store is not made */
    bool made_dir;
    char *file;
};
/** Find or make the key of a new store, and its folder. Exit code, the error printed. */
int store_key_new(struct context *ctx, struct store_key *key);
/** After the attempt: wipe; `kept` = the store was made, so say where its key lies; else take back what was written. */
void store_key_end(struct context *ctx, struct store_key *key, bool kept);
/** Fill the library's options from the context and a key. */
void store_options(const struct context *ctx, const struct store_key *key, struct linli_options *options);

/** Set this thread's clock from --now or $LINLI_NOW. Exit code, the error printed. */
int store_clock(struct context *ctx);
/** Milliseconds since 1970 UTC, by this thread's clock. */
uint64_t store_now_ms(void);

#endif
