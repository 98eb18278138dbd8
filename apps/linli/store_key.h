/** Command line: the key of a store: found, made, asked for, and another in its place. */
#ifndef LINLI_APP_STORE_KEY_H
#define LINLI_APP_STORE_KEY_H

#include "context.h"

/** Everything that opening or making a store needs to know. */
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
/** The key of the store that is there: --key-file, $LINLI_PASSPHRASE, its own key file, or a question. Exit code. */
int store_key_find(struct context *ctx, struct store_key *key);
/** Another for it: --new-key-file (made where it is not there), $LINLI_NEW_PASSPHRASE, or a question. Exit code. */
int store_key_another(struct context *ctx, struct store_key *key);
/** A new passphrase for a file of its own: $LINLI_NEW_PASSPHRASE, or a question, twice. Exit code. */
int store_key_passphrase(struct context *ctx, struct store_key *key);
/** The passphrase of such a file: $LINLI_PASSPHRASE, or a question. Exit code. */
int store_key_passphrase_ask(struct context *ctx, struct store_key *key);
void store_key_free(struct store_key *key);

#endif
