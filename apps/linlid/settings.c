/* linlid, settings. */
#include "settings.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "verbs.h"

static const char usual_file[] = "/etc/linli/linlid.conf", folder_name[] = "conf.d";
enum { VARIABLE_BYTES = 64, PATH_BYTES = 4096 };

const struct flag settings_flags[] = {
    {"web", "HOST:PORT", NULL, N_("where /healthz and /metrics are told (nowhere unless told)"), false},
    {"config", "FILE", NULL, N_("read this file and conf.d beside it, not /etc/linli/linlid.conf"), false},
    {"check", NULL, NULL, N_("read the settings, print them and end"), false},
    {"version", NULL, NULL, N_("print the version and end"), false},
    {NULL, NULL, NULL, NULL, false}};

/* Of a file and of the environment: what makes no sense there. */
static bool only_a_flag(const char *name)
{
    static const char *const names[] = {"config", "check", "version", "help", "json", "quiet", "now"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The tables of keys: serve's flags, those of every verb, and linlid's own. */
static const struct flag *table(size_t i)
{
    int words = 0;
    char serve[] = "serve", *word[] = {serve};
    const struct flag *const tables[] = {context_verb(verb_table, 1, word, &words)->flags, context_flags, settings_flags};
    return i < sizeof(tables) / sizeof(tables[0]) ? tables[i] : NULL;
}

static const struct flag *find_flag(const char *name)
{
    for (size_t i = 0; table(i) != NULL; i++)
        for (const struct flag *flag = table(i); flag->name != NULL; flag++)
            if (strcmp(flag->name, name) == 0)
                return flag;
    return NULL;
}

/* ---- taking one ---- */

static void drop(struct settings *settings, size_t i)
{
    free(settings->at[i].value);
    settings->at[i] = settings->at[--settings->count];
}

/* What an earlier source said of it goes; so does what this one said, unless there may be many. */
static void replace(struct settings *settings, const struct flag *flag, enum setting_source source)
{
    for (size_t i = settings->count; i-- > 0;)
        if (settings->at[i].flag == flag && (settings->at[i].source != source || !flag->many))
            drop(settings, i);
}

static bool problem(struct settings *settings, const char *what, const char *name)
{
    snprintf(settings->problem, sizeof(settings->problem), "%.60s: %.120s", name, what);
    return false;
}

static bool take(struct settings *settings, const struct flag *flag, const char *value, enum setting_source source)
{
    bool off = flag->arg == NULL && strcmp(value, "no") == 0;
    if (flag->arg == NULL && !off && strcmp(value, "yes") != 0)
        return problem(settings, _("it takes yes or no"), flag->name);
    if (flag->arg != NULL && value[0] == '\0')
        return problem(settings, _("its value is missing"), flag->name);
    if (flag->values != NULL && !options_allowed(flag->values, value))
        return problem(settings, flag->values, flag->name);
    replace(settings, flag, source);
    if (off)
        return true;
    if (settings->count == SETTINGS_MAX)
        return problem(settings, _("there are too many"), flag->name);
    char *copy = flag->arg != NULL ? strdup(value) : NULL;
    if (flag->arg != NULL && copy == NULL)
        return problem(settings, _("memory ran out"), flag->name);
    settings->at[settings->count++] = (struct setting){flag, copy, source};
    return true;
}

/* ---- files ---- */

/* libinih hands out one line after the other, and gives the number of the first that is refused. */
static int on_line(void *at, const char *section, const char *name, const char *value)
{
    struct settings *settings = at;
    const struct flag *flag = find_flag(name);
    if (settings->problem[0] != '\0')
        return 0;
    if (section[0] != '\0')
        return problem(settings, _("there are no sections here"), section);
    if (flag == NULL || only_a_flag(name))
        return problem(settings, _("there is no such key; 'linlid --help' lists them"), name);
    return take(settings, flag, value, SETTING_FILE);
}

static int read_file(struct settings *settings, const char *path, bool must)
{
    FILE *file = fopen(path, "re");
    char where[PATH_BYTES + 16];
    if (file == NULL)
        return !must && errno == ENOENT ? STATUS_DONE
                                        : fail(settings->ctx, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_FAILED, path,
                                               _("check --config, and who may read it"), "%s", strerror(errno));
    int line = ini_parse_file(file, on_line, settings);
    fclose(file);
    if (line == 0)
        return STATUS_DONE;
    snprintf(where, sizeof(where), "%s:%d", path, line > 0 ? line : 0);
    return fail(settings->ctx, STATUS_USAGE, where, _("correct it; 'linlid --check' reads it again"), "%s",
                settings->problem[0] != '\0' ? settings->problem : _("it is no KEY = VALUE"));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_conf(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + size - 5, ".conf") == 0;
}

/* Of conf.d, in the order of names. */
static int read_folder(struct settings *settings, const char *file)
{
    char folder[PATH_BYTES], path[PATH_BYTES];
    struct dirent **entries = NULL;
    const char *slash = strrchr(file, '/');
    int status = STATUS_DONE;
    snprintf(folder, sizeof(folder), "%.*s%s", slash != NULL ? (int)(slash - file) + 1 : 0, file, folder_name);
    int count = scandir(folder, &entries, is_conf, by_name);
    if (count < 0 && errno != ENOENT && errno != ENOTDIR)
        return fail(settings->ctx, STATUS_FAILED, folder, _("check --config, and who may read it"), "%s", strerror(errno));
    for (int i = 0; i < count; i++) {
        int size = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        if (status == STATUS_DONE)
            status = size > 0 && (size_t)size < sizeof(path) ? read_file(settings, path, true)
                                                             : fail(settings->ctx, STATUS_FAILED, folder, _("check --config, and who may read it"), "%s", strerror(ENAMETOOLONG));
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* ---- the environment ---- */

/* LINLI_LOG_LEVEL says what --log-level does; several peers are parted by blanks. */
static bool read_variable(struct settings *settings, const struct flag *flag)
{
    char name[VARIABLE_BYTES], words[PATH_BYTES], *rest = NULL;
    size_t size = (size_t)snprintf(name, sizeof(name), "LINLI_%s", flag->name);
    for (size_t i = 0; i < size && i < sizeof(name); i++)
        name[i] = name[i] == '-' ? '_' : name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 'a' + 'A') : name[i];
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0' || only_a_flag(flag->name))
        return true;
    if (!flag->many)
        return take(settings, flag, value, SETTING_ENVIRONMENT);
    snprintf(words, sizeof(words), "%s", value);
    for (char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        if (!take(settings, flag, word, SETTING_ENVIRONMENT))
            return false;
    return true;
}

static int read_environment(struct settings *settings)
{
    for (size_t i = 0; table(i) != NULL; i++)
        for (const struct flag *flag = table(i); flag->name != NULL; flag++)
            if (!read_variable(settings, flag))
                return fail(settings->ctx, STATUS_USAGE, _("the environment"), _("correct the variable"), "%s", settings->problem);
    return STATUS_DONE;
}

/* ---- flags ---- */

static size_t all_flags(struct flag *out, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; table(i) != NULL; i++)
        for (const struct flag *flag = table(i); flag->name != NULL && count + 1 < room; flag++)
            out[count++] = *flag;
    out[count] = (struct flag){.name = NULL};
    return count;
}

static int take_flags(struct settings *settings, const struct options *options)
{
    for (size_t i = 0; i < options->given_count; i++) {
        const char *value = options->given[i].value;
        if (!take(settings, find_flag(options->given[i].flag->name), value != NULL ? value : "yes", SETTING_FLAG))
            return fail(settings->ctx, STATUS_USAGE, "linlid", _("see 'linlid --help'"), "%s", settings->problem);
    }
    return STATUS_DONE;
}

int settings_read(struct settings *settings, struct context *ctx, int argc, char **argv)
{
    struct flag flags[OPTIONS_FLAGS_MAX];
    struct options options;
    char *words[OPTIONS_MAX + 2] = {NULL};
    memset(settings, 0, sizeof(*settings));
    settings->ctx = ctx;
    if (argc > OPTIONS_MAX)
        return fail_usage(ctx, "%s", _("there are too many flags"));
    memcpy(words + 1, argv, (size_t)argc * sizeof(*words));
    (void)all_flags(flags, OPTIONS_FLAGS_MAX);
    if (!options_read(&options, flags, NULL, argc + 1, words))
        return fail(ctx, STATUS_USAGE, "linlid", _("see 'linlid --help'"), "%s", options.problem);
    if (options.arg_count > 0)
        return fail(ctx, STATUS_USAGE, "linlid", _("see 'linlid --help'"), _("'%.60s' is too much"), fail_word(ctx, options.args[0]));
    const char *told = option_value(&options, "config"), *file = told != NULL ? told : usual_file;
    int status = read_file(settings, file, told != NULL);
    if (status == STATUS_DONE)
        status = read_folder(settings, file);
    if (status == STATUS_DONE)
        status = read_environment(settings);
    return status == STATUS_DONE ? take_flags(settings, &options) : status;
}

void settings_free(struct settings *settings)
{
    while (settings->count > 0)
        drop(settings, settings->count - 1);
}

/* ---- what they say ---- */

const char *settings_value(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->count; i++)
        if (strcmp(settings->at[i].flag->name, name) == 0)
            return settings->at[i].value != NULL ? settings->at[i].value : "";
    return NULL;
}

static bool is_own(const struct flag *flag)
{
    for (const struct flag *own = settings_flags; own->name != NULL; own++)
        if (own == flag)
            return true;
    return false;
}

static char *word_of(const struct setting *setting)
{
    size_t size = strlen(setting->flag->name) + 4 + (setting->value != NULL ? strlen(setting->value) : 0);
    char *word = malloc(size);
    if (word != NULL)
        snprintf(word, size, "--%s%s%s", setting->flag->name, setting->value != NULL ? "=" : "", setting->value != NULL ? setting->value : "");
    return word;
}

size_t settings_call(const struct settings *settings, char **argv)
{
    size_t count = 0;
    bool memory = (argv[count++] = strdup("serve")) != NULL;
    for (size_t i = 0; memory && i < settings->count; i++)
        if (!is_own(settings->at[i].flag))
            memory = (argv[count++] = word_of(&settings->at[i])) != NULL;
    argv[memory ? count : count - 1] = NULL;
    return memory ? count : 0;
}

void settings_print(const struct settings *settings, FILE *out)
{
    for (size_t i = 0; table(i) != NULL; i++)
        for (const struct flag *flag = table(i); flag->name != NULL; flag++)
            for (size_t n = 0; n < settings->count; n++)
                if (settings->at[n].flag == flag && !only_a_flag(flag->name))
                    fprintf(out, "%s = %s\n", flag->name, settings->at[n].value != NULL ? settings->at[n].value : "yes");
}
