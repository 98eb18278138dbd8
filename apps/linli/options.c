/* Command line, options: one table of flags drives getopt_long; its global state is used under a lock. */
#include "options.h"

#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "clean.h"
#include "text.h"

static pthread_mutex_t getopt_lock = PTHREAD_MUTEX_INITIALIZER;

bool options_allowed(const char *values, const char *value)
{
    size_t size = strlen(value);
    while (values != NULL && values[0] != '\0') {
        size_t word = strcspn(values, " ");
        if (word == size && memcmp(values, value, size) == 0)
            return true;
        values += word + strspn(values + word, " ");
    }
    return false;
}

static bool take(struct options *options, const struct flag *flag, const char *value)
{
    const char *wrong = NULL;
    if (options->given_count == OPTIONS_MAX)
        wrong = _("there are too many flags");
    else if (!flag->many && option_has(options, flag->name))
        wrong = _("it is given twice");
    else if (flag->values != NULL && value != NULL && !options_allowed(flag->values, value))
        wrong = _("it takes another value");
    if (wrong != NULL) {
        snprintf(options->problem, sizeof(options->problem), "--%s: %s%s%s", flag->name, wrong,
                 flag->values != NULL ? ": " : "", flag->values != NULL ? flag->values : "");
        return false;
    }
    options->given[options->given_count].flag = flag;
    options->given[options->given_count++].value = value;
    return true;
}

static size_t add_table(const struct flag *table, const struct flag **flags, struct option *longs, size_t count)
{
    for (; table != NULL && table->name != NULL && count < OPTIONS_FLAGS_MAX; table++, count++) {
        flags[count] = table;
        longs[count] = (struct option){.name = table->name, .has_arg = table->arg != NULL, .val = (int)count + 256};
    }
    return count;
}

static bool read_all(struct options *options, int argc, char **argv, const struct flag **flags,
                     const struct option *longs, size_t count)
{
    opterr = 0;
    optind = 0; /* glibc: start afresh */
    for (;;) {
        int at = optind > 0 ? optind : 1;
        int got = getopt_long(argc, argv, ":h", longs, NULL);
        if (got == -1)
            break;
        if (got == 'h') {
            for (size_t i = 0; i < count; i++)
                if (strcmp(flags[i]->name, "help") == 0 && !option_has(options, "help"))
                    (void)take(options, flags[i], NULL);
            continue;
        }
        if (got == ':' || got == '?') {
            int last = optind > at ? optind - 1 : at;
            snprintf(options->problem, sizeof(options->problem), "%.60s: %s",
                     last < argc && clean_word(argv[last]) ? argv[last] : "-",
                     got == ':' ? _("its value is missing") : _("there is no such flag"));
            return false;
        }
        if (!take(options, flags[got - 256], optarg))
            return false;
    }
    options->args = argv + optind;
    options->arg_count = (size_t)(argc - optind);
    return true;
}

bool options_read(struct options *options, const struct flag *verb, const struct flag *common, int argc, char **argv)
{
    const struct flag *flags[OPTIONS_FLAGS_MAX];
    struct option longs[OPTIONS_FLAGS_MAX + 1];
    memset(options, 0, sizeof(*options));
    memset(longs, 0, sizeof(longs));
    size_t count = add_table(verb, flags, longs, 0);
    count = add_table(common, flags, longs, count);
    pthread_mutex_lock(&getopt_lock);
    bool good = read_all(options, argc, argv, flags, longs, count);
    pthread_mutex_unlock(&getopt_lock);
    return good;
}

bool option_has(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->given_count; i++)
        if (strcmp(options->given[i].flag->name, name) == 0)
            return true;
    return false;
}

const char *option_value(const struct options *options, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; i < options->given_count; i++)
        if (strcmp(options->given[i].flag->name, name) == 0)
            found = options->given[i].value;
    return found;
}

const char *option_nth(const struct options *options, const char *name, size_t n)
{
    for (size_t i = 0; i < options->given_count; i++)
        if (strcmp(options->given[i].flag->name, name) == 0 && n-- == 0)
            return options->given[i].value;
    return NULL;
}
