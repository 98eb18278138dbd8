/* Command line, the spine: words to a verb, flags, store, run, flush. */
#include "context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "control.h"
#include "fail.h"
#include "help.h"
#include "store_open.h"

const char *const context_variables[] = {"LINLI_STORE", "LINLI_NOW", "NO_COLOR", "LC_ALL",  "LC_MESSAGES",
                                         "LANG",        "LANGUAGE",  "HOME",     "XDG_DATA_HOME", "COLUMNS",
                                         "TERM",        "TMPDIR",  NULL};

const struct flag context_flags[] = {
    {"store", "DIR", NULL, N_("the store's folder (else $LINLI_STORE, else the user's data folder)"), false},
    {"json", NULL, NULL, N_("JSON on stdout: one document, or one line for each item of a list"), false},
    {"quiet", NULL, NULL, N_("no progress bar and no remarks"), false},
    {"key-file", "FILE", NULL, N_("file with the store's key (else $LINLI_PASSPHRASE, store.key, or asked for)"), false},
    {"now", "RFC3339", NULL, N_("take this as the wall clock (else $LINLI_NOW)"), false},
    {"help", NULL, NULL, N_("show this help"), false},
    {NULL, NULL, NULL, NULL, false}};

const char *context_env(const struct context *ctx, const char *name)
{
    size_t size = strlen(name);
    for (char **at = ctx->environment; at != NULL && *at != NULL; at++)
        if (strncmp(*at, name, size) == 0 && (*at)[size] == '=')
            return *at + size + 1;
    return NULL;
}

static int copy_environment(struct context *ctx)
{
    size_t count = sizeof(context_variables) / sizeof(context_variables[0]);
    ctx->environment = calloc(count, sizeof(char *));
    if (ctx->environment == NULL)
        return LINLI_E_NOMEM;
    size_t at = 0;
    for (const char *const *name = context_variables; *name != NULL; name++) {
        const char *value = getenv(*name);
        if (value == NULL)
            continue;
        size_t size = strlen(*name) + strlen(value) + 2;
        char *entry = malloc(size);
        if (entry == NULL)
            return LINLI_E_NOMEM;
        snprintf(entry, size, "%s=%s", *name, value);
        ctx->environment[at++] = entry;
    }
    return LINLI_OK;
}

int context_init(struct context *ctx, const struct verb *verbs)
{
    memset(ctx, 0, sizeof(*ctx));
    ctx->in = stdin;
    ctx->out = stdout;
    ctx->err = stderr;
    ctx->verbs = verbs;
    ctx->caller = -1;
    ctx->cwd = getcwd(NULL, 0);
    if (ctx->cwd == NULL) /* the folder was deleted: relative paths then fail where they are used */
        ctx->cwd = strdup("/");
    return ctx->cwd == NULL ? LINLI_E_NOMEM : copy_environment(ctx);
}

void context_free(struct context *ctx)
{
    if (!ctx->store_borrowed)
        linli_store_close(ctx->store);
    free(ctx->store_dir);
    free(ctx->cwd);
    for (char **at = ctx->environment; at != NULL && *at != NULL; at++)
        free(*at);
    free(ctx->environment);
    memset(ctx, 0, sizeof(*ctx));
}

char *context_path(const struct context *ctx, const char *path)
{
    if (path[0] == '/')
        return strdup(path);
    size_t size = strlen(ctx->cwd) + strlen(path) + 2;
    char *whole = malloc(size);
    if (whole != NULL)
        snprintf(whole, size, "%s/%s", ctx->cwd, path);
    return whole;
}

const struct verb *context_verb(const struct verb *verbs, int argc, char **argv, int *words)
{
    char pair[64];
    for (int count = argc > 1 ? 2 : 1; argc > 0 && count > 0; count--) {
        int size = snprintf(pair, sizeof(pair), "%s%s%s", argv[0], count > 1 ? " " : "", count > 1 ? argv[1] : "");
        for (const struct verb *verb = verbs; verb->name != NULL; verb++)
            if (size > 0 && (size_t)size < sizeof(pair) && strcmp(verb->name, pair) == 0) {
                *words = count;
                return verb;
            }
    }
    return NULL;
}

static bool begins_verbs(const struct context *ctx, const char *word)
{
    size_t size = strlen(word);
    for (const struct verb *verb = ctx->verbs; verb->name != NULL; verb++)
        if (strncmp(verb->name, word, size) == 0 && verb->name[size] == ' ')
            return true;
    return false;
}

static int no_verb(struct context *ctx, int argc, char **argv)
{
    bool asks = argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0);
    const char *group = argc > 0 && begins_verbs(ctx, argv[0]) ? argv[0] : NULL;
    if (asks || (group != NULL && argc > 1 && strcmp(argv[1], "--help") == 0)) {
        help_overview(ctx, group);
        return STATUS_DONE;
    }
    if (argc == 0 || group != NULL)
        return fail_usage(ctx, "%s", _("no verb is named"));
    return fail_usage(ctx, _("there is no verb '%.60s'"), fail_word(ctx, argv[0]));
}

void context_look(struct context *ctx)
{
    const char *no_colour = context_env(ctx, "NO_COLOR");
    ctx->in_terminal = isatty(fileno(ctx->in));
    ctx->out_terminal = isatty(fileno(ctx->out));
    ctx->err_terminal = isatty(fileno(ctx->err));
    ctx->colour = ctx->out_terminal && (no_colour == NULL || no_colour[0] == '\0');
    text_use(text_language(context_env(ctx, "LC_ALL"), context_env(ctx, "LC_MESSAGES"), context_env(ctx, "LANG"),
                           context_env(ctx, "LANGUAGE")));
}

static int run_as(struct context *ctx)
{
    int status = actor_say(ctx, NULL, false);
    return status == STATUS_DONE ? ctx->verb->run(ctx) : status;
}

static int run_on_store(struct context *ctx, int argc, char **argv)
{
    int status = STATUS_DONE;
    enum verb_store needs = ctx->verb->store;
    if (needs == VERB_KEY)
        needs = option_has(&ctx->options, "key") ? VERB_ALONE : VERB_STORE;
    if (needs == VERB_ALONE)
        return ctx->verb->run(ctx);
    if (ctx->store_borrowed) {
        if (needs == VERB_HOLDS)
            return fail_code(ctx, ctx->verb->name, LINLI_E_BUSY);
        return run_as(ctx);
    }
    /* The daemon is asked before the key is: a person who may reach its socket needs none. */
    if (needs == VERB_STORE && control_forward(ctx, argc, argv, &status))
        return status;
    bool forwarded = false;
    status = store_open(ctx, argc, argv, &forwarded);
    if (status != STATUS_DONE || forwarded)
        return status;
    return run_as(ctx);
}

static int finish(struct context *ctx, int status)
{
    bool broken = fflush(ctx->out) != 0 || ferror(ctx->out) != 0;
    int why = errno;
    fflush(ctx->err);
    if (!broken || status != STATUS_DONE)
        return status;
    if (why == EPIPE) /* `linli list | head`: the reader has what it wanted */
        return STATUS_FAILED;
    return fail(ctx, STATUS_FAILED, "stdout", _("check the disk or the pipe"), "%s", strerror(why));
}

/* `linli --store DIR list ...`: how many leading words are common flags and their values. */
static int leading_flags(int argc, char **argv)
{
    int at = 0;
    while (at < argc && strncmp(argv[at], "--", 2) == 0 && strcmp(argv[at], "--help") != 0) {
        const struct flag *flag = context_flags;
        while (flag->name != NULL && strcmp(flag->name, argv[at] + 2) != 0)
            flag++;
        at += flag->name != NULL && flag->arg != NULL ? 2 : 1;
    }
    return at < argc ? at : 0;
}

static int run_verb(struct context *ctx, int argc, char **argv, int words)
{
    if (!options_read(&ctx->options, ctx->verb->flags, context_flags, argc - words + 1, argv + words - 1))
        return fail_usage(ctx, "%s", ctx->options.problem);
    ctx->json = option_has(&ctx->options, "json");
    ctx->quiet = option_has(&ctx->options, "quiet");
    if (option_has(&ctx->options, "help")) {
        help_verb(ctx, ctx->verb);
        return STATUS_DONE;
    }
    if (ctx->options.arg_count < ctx->verb->args_min)
        return fail_usage(ctx, "%s", _("something is missing"));
    if (ctx->options.arg_count > ctx->verb->args_max)
        return fail_usage(ctx, _("'%.60s' is too much"), fail_word(ctx, ctx->options.args[ctx->verb->args_max]));
    int status = store_clock(ctx);
    return status != STATUS_DONE ? status : run_on_store(ctx, argc, argv);
}

int context_run(struct context *ctx, int argc, char **argv)
{
    context_look(ctx);
    int words = 0, leading = leading_flags(argc, argv);
    ctx->verb = context_verb(ctx->verbs, argc - leading, argv + leading, &words);
    if (ctx->verb == NULL)
        return finish(ctx, no_verb(ctx, argc - leading, argv + leading));
    char **ordered = calloc((size_t)argc + 1, sizeof(char *)); /* the verb first, then its flags */
    if (ordered == NULL)
        return finish(ctx, fail_memory(ctx));
    size_t word = sizeof(char *);
    memcpy(ordered, argv + leading, (size_t)words * word);
    memcpy(ordered + words, argv, (size_t)leading * word);
    memcpy(ordered + words + leading, argv + leading + words, (size_t)(argc - leading - words) * word);
    int status = run_verb(ctx, argc, ordered, words);
    free(ordered);
    return finish(ctx, status);
}
