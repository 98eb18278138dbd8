/** linlid, settings: files, then the environment, then flags. The keys are the flags of `linli serve`, and a few of its own. */
#ifndef LINLI_LINLID_SETTINGS_H
#define LINLI_LINLID_SETTINGS_H

#include "context.h"

enum { SETTINGS_MAX = 64 };

/** Where a value came from; a later one takes the place of what earlier ones said. */
enum setting_source { SETTING_FILE, SETTING_ENVIRONMENT, SETTING_FLAG };

struct setting {
    const struct flag *flag;
    char *value; /**< NULL of a flag that takes none */
    enum setting_source source;
};

struct settings {
    struct context *ctx;
    struct setting at[SETTINGS_MAX];
    size_t count;
    char problem[200];
};

/** linlid's own flags, ended by an entry without a name. */
extern const struct flag settings_flags[];

/**
 * Read all of them: /etc/linli/linlid.conf and conf.d beside it, or what --config names; $LINLI_LISTEN and so on; `argv` without the
 * program's name. Ends with settings_free in any case.
 *
 * Returns: an exit code, the error printed: with the file and its line where it stands in one.
 */
int settings_read(struct settings *settings, struct context *ctx, int argc, char **argv);
void settings_free(struct settings *settings);

/** The value of this key, NULL when nobody said. "" of a flag that takes none. */
const char *settings_value(const struct settings *settings, const char *name);

/**
 * As a call of `linli serve`.
 * Args:    argv  room for SETTINGS_MAX + 2; what is put there is yours to free, up to the NULL at its end
 * Returns: how many; 0 without memory.
 */
size_t settings_call(const struct settings *settings, char **argv);

/** Write them as a file says them. */
void settings_print(const struct settings *settings, FILE *out);

#endif
