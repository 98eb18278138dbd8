/** Command line: a verb's flags, read by getopt_long from one table. */
#ifndef LINLI_APP_OPTIONS_H
#define LINLI_APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct flag {
    const char *name;   /**< without the dashes */
    const char *arg;    /**< what its value is called; NULL when it takes none */
    const char *values; /**< the values it takes, parted by blanks; NULL = any */
    const char *help;   /**< N_() */
    bool many;          /**< may be given more than once */
};

enum { OPTIONS_MAX = 256, OPTIONS_FLAGS_MAX = 48 };

struct options {
    struct {
        const struct flag *flag;
        const char *value;
    } given[OPTIONS_MAX];
    size_t given_count;
    char **args;        /**< what is not a flag; borrowed from argv, which is reordered */
    size_t arg_count;
    char problem[160];  /**< in this thread's language, when options_read fails */
};

/**
 * Read `argv` (argv[0] is skipped) by the flags of two tables.
 * Returns: true; false with `problem` set: unknown flag, value missing or not allowed, given twice.
 */
bool options_read(struct options *options, const struct flag *verb, const struct flag *common, int argc, char **argv);

/** Is this one of the words of `values`, which are parted by blanks? */
bool options_allowed(const char *values, const char *value);
bool option_has(const struct options *options, const char *name);
/** Returns: the value of the last `name` given; NULL when it was not. */
const char *option_value(const struct options *options, const char *name);
/** Returns: the value of the n-th `name`, from 0; NULL past the last. */
const char *option_nth(const struct options *options, const char *name, size_t n);

#endif
