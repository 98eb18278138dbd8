/** Command line: what one call of a verb works with. Verbs never touch the process's own streams or folder. */
#ifndef LINLI_APP_CONTEXT_H
#define LINLI_APP_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <linli/linli.h>

#include "options.h"
#include "text.h"

/** Exit codes that scripts rely on. */
enum status { STATUS_DONE, STATUS_FAILED, STATUS_USAGE, STATUS_REFUSED, STATUS_NOT_FOUND, STATUS_BAD_ROWS };

struct context {
    FILE *in, *out, *err;
    bool in_terminal, err_terminal; /**< a person is there: may be asked, may be shown a bar */
    bool out_terminal;
    bool json, quiet, colour;
    char *cwd;                      /**< of the caller; relative paths start here */
    char **environment;             /**< "NAME=VALUE" of the few variables that matter, NULL at the end */
    const struct verb *verbs;       /**< the whole table, ended by an entry without a name */
    const struct verb *verb;        /**< the one that runs */
    struct options options;
    linli_store *store;
    bool store_borrowed;            /**< it belongs to the daemon that runs this call */
    char *store_dir;
    const struct log *log;          /**< of a daemon, for what its calls do; else NULL */
    const struct serving *serving;  /**< of linlid: what it does beside serving; else NULL */
    int caller;                     /**< socket of the caller when a daemon runs this call, else -1 */
};

enum verb_store {
    VERB_ALONE, /**< needs no store, or makes one */
    VERB_STORE, /**< works on a store, its own handle's or a daemon's */
    VERB_HOLDS, /**< holds the store itself, so a daemon cannot do it for us */
    VERB_KEY    /**< needs no store when --key names what it needs of one; else as VERB_STORE */
};

struct verb {
    const char *name;          /**< one word or two, such as "scope add" */
    const char *synopsis;      /**< after the name */
    const char *summary;       /**< one line, without a full stop; N_() */
    const char *details;       /**< further sentences or NULL; N_() */
    const struct flag *flags;  /**< ended by an entry without a name; NULL = only the common ones */
    size_t args_min, args_max;
    enum verb_store store;
    int (*run)(struct context *ctx);
};

/** Flags that every verb takes. */
extern const struct flag context_flags[];

/** Fill `ctx` with this process's streams, folder and environment. LINLI_OK or LINLI_E_NOMEM. */
int context_init(struct context *ctx, const struct verb *verbs);
/** See who is there: terminals, colours, the caller's language. context_run does it itself. */
void context_look(struct context *ctx);
/** Free what the context owns; closes the store unless it is borrowed. */
void context_free(struct context *ctx);

/** Returns: a variable of the caller's environment, or NULL. */
const char *context_env(const struct context *ctx, const char *name);
/** Names of the variables that matter, NULL at the end. */
extern const char *const context_variables[];

/** Returns: `path` as the caller meant it; yours to free; NULL without memory. */
char *context_path(const struct context *ctx, const char *path);

/**
 * Find the verb that `argv` names, read its flags, reach its store and run it.
 *
 * Args:    argv  without the program's name
 * Returns: the exit code. What the caller sees has been flushed.
 */
int context_run(struct context *ctx, int argc, char **argv);

/** The verb's entry for one or two words; NULL when there is none. `*words` = how many were used. */
const struct verb *context_verb(const struct verb *verbs, int argc, char **argv, int *words);

#endif
