/* Command line, the store's key: a file, a passphrase, or a question at the terminal. */
#include "store_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "fail.h"
#include "store_open.h"

enum { PASSPHRASE_BYTES = 1024 };

static void wipe(void *at, size_t size)
{
    volatile unsigned char *byte = at;
    while (size-- > 0)
        *byte++ = 0;
}

/* A key file holds 32 bytes, or 64 hexadecimal digits and perhaps a line end. */
static bool parse_key(const char *text, size_t size, uint8_t *key)
{
    if (size == LINLI_KEY_BYTES) {
        memcpy(key, text, LINLI_KEY_BYTES);
        return true;
    }
    if (size < 64 || size > 66 || strspn(text, "0123456789abcdefABCDEF") != 64)
        return false;
    for (size_t i = 0; i < LINLI_KEY_BYTES; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        key[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static int read_key(struct context *ctx, const char *path, uint8_t *key)
{
    char text[80] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(ctx, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_FAILED, path, _("check --key-file"), "%s",
                    strerror(errno));
    ssize_t size = read(fd, text, sizeof(text) - 1);
    close(fd);
    bool good = size > 0 && parse_key(text, (size_t)size, key);
    wipe(text, sizeof(text));
    if (!good)
        return fail(ctx, STATUS_REFUSED, path, _("give the file that was made with the store"), "%s",
                    _("this is no key file: it holds neither 32 bytes nor 64 digits"));
    return STATUS_DONE;
}

/* The name of a new file, too, must be on the disk before something depends on it. */
static bool sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL || slash == path ? strdup(slash == NULL ? "." : "/") : strndup(path, (size_t)(slash - path));
    int fd = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    free(folder);
    return good;
}

static int write_key(struct context *ctx, const char *path, uint8_t *key)
{
    int random = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool good = random >= 0 && read(random, key, LINLI_KEY_BYTES) == LINLI_KEY_BYTES;
    if (random >= 0)
        close(random);
    int fd = good ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    good = fd >= 0 && write(fd, key, LINLI_KEY_BYTES) == LINLI_KEY_BYTES && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0 && close(fd) != 0)
        good = false;
    if (good && sync_folder_of(path))
        return STATUS_DONE;
    return fail(ctx, STATUS_FAILED, path, _("check the folder and the disk"), "%s", strerror(why));
}

/* Ask at the terminal without showing what is typed. */
static char *ask(const char *question)
{
    struct termios before, hidden;
    char *line = NULL;
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0 || tcgetattr(tty, &before) != 0)
        goto done;
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(tty, TCSAFLUSH, &hidden) != 0)
        goto done;
    if (write(tty, question, strlen(question)) >= 0 && (line = calloc(1, PASSPHRASE_BYTES)) != NULL) {
        ssize_t size = read(tty, line, PASSPHRASE_BYTES - 1);
        line[size > 0 && line[size - 1] == '\n' ? size - 1 : size > 0 ? size : 0] = '\0';
    }
    (void)!write(tty, "\n", 1);
    tcsetattr(tty, TCSAFLUSH, &before);

done:
    if (tty >= 0)
        close(tty);
    return line;
}

void store_key_free(struct store_key *key)
{
    if (key->passphrase != NULL)
        wipe(key->passphrase, strlen(key->passphrase));
    free(key->passphrase);
    free(key->file);
    wipe(key, sizeof(*key));
}

/* The two ways that come before any file of the store's own. */
static int told_key(struct context *ctx, struct store_key *key, bool make, bool *found)
{
    const char *told = option_value(&ctx->options, "key-file");
    /* This process's own: it is never sent to a daemon, and a daemon's is for its own store. */
    const char *passphrase = ctx->caller < 0 ? getenv("LINLI_PASSPHRASE") : NULL;
    *found = true;
    if (told != NULL) {
        key->file = context_path(ctx, told);
        if (key->file == NULL)
            return fail_memory(ctx);
        key->has_key = true;
        return make && access(key->file, F_OK) != 0 ? STATUS_DONE : read_key(ctx, key->file, key->key);
    }
    if (passphrase != NULL && passphrase[0] != '\0') {
        key->passphrase = strdup(passphrase);
        return key->passphrase == NULL ? fail_memory(ctx) : STATUS_DONE;
    }
    *found = false;
    return STATUS_DONE;
}

int store_key_find(struct context *ctx, struct store_key *key)
{
    bool found = false;
    int status = told_key(ctx, key, false, &found);
    if (status != STATUS_DONE || found)
        return status;
    key->file = store_path(ctx->store_dir, "store.key");
    if (key->file == NULL)
        return fail_memory(ctx);
    if (access(key->file, F_OK) == 0) {
        key->has_key = true;
        return read_key(ctx, key->file, key->key);
    }
    if (ctx->caller >= 0)
        return fail(ctx, STATUS_REFUSED, ctx->store_dir, _("give --key-file FILE, or stop the daemon first"), "%s",
                    _("a daemon answers, and no passphrase is sent to it"));
    if (ctx->in_terminal && ctx->err_terminal)
        key->passphrase = ask(_("Passphrase of the store: "));
    if (key->passphrase == NULL)
        return fail(ctx, STATUS_REFUSED, ctx->store_dir, _("give --key-file FILE or set $LINLI_PASSPHRASE"), "%s",
                    _("its key is not known"));
    return STATUS_DONE;
}

static bool make_dirs(char *path, bool *made)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool good = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!good)
            return false;
    }
    *made = mkdir(path, 0700) == 0;
    return *made || errno == EEXIST;
}

static int ask_twice(struct context *ctx, struct store_key *key, const char *question)
{
    key->passphrase = ask(question);
    if (key->passphrase == NULL || key->passphrase[0] == '\0') {
        free(key->passphrase);
        key->passphrase = NULL;
        return STATUS_DONE;
    }
    char *again = ask(_("The same once more: "));
    bool same = again != NULL && strcmp(again, key->passphrase) == 0;
    if (again != NULL)
        wipe(again, strlen(again));
    free(again);
    return same ? STATUS_DONE : fail_usage(ctx, "%s", _("the two passphrases differ"));
}

int store_key_new(struct context *ctx, struct store_key *key)
{
    bool found = false;
    memset(key, 0, sizeof(*key));
    if (linli_store_exists(ctx->store_dir))
        return fail(ctx, STATUS_FAILED, ctx->store_dir, _("use it, or name another folder with --store"), "%s",
                    _("a store is there already"));
    int status = told_key(ctx, key, true, &found);
    if (status == STATUS_DONE && !found && ctx->in_terminal && ctx->err_terminal)
        status = ask_twice(ctx, key, _("New passphrase (nothing = make a key file): "));
    if (status != STATUS_DONE)
        goto out;
    if (!make_dirs(ctx->store_dir, &key->made_dir)) {
        status = fail(ctx, STATUS_FAILED, ctx->store_dir, _("check the path and its rights"), "%s", strerror(errno));
        goto out;
    }
    if (key->passphrase != NULL || (key->file != NULL && access(key->file, F_OK) == 0))
        goto out;
    if (key->file == NULL && (key->file = store_path(ctx->store_dir, "store.key")) == NULL) {
        status = fail_memory(ctx);
        goto out;
    }
    key->has_key = true;
    key->made = access(key->file, F_OK) != 0; /* else left by an attempt that was cut off before the store was made */
    status = key->made ? write_key(ctx, key->file, key->key) : read_key(ctx, key->file, key->key);

out:
    if (status != STATUS_DONE)
        store_key_end(ctx, key, false);
    return status;
}

void store_key_end(struct context *ctx, struct store_key *key, bool kept)
{
    if (!kept && key->made && key->file != NULL)
        unlink(key->file);
    if (!kept && key->made_dir)
        rmdir(ctx->store_dir);
    if (kept && key->made && !ctx->quiet)
        fprintf(ctx->err, _("linli: the store's key is in %s; keep a copy of it in a safe place\n"), key->file);
    store_key_free(key);
}

/* A file that an attempt before this one made is taken as it is. */
static int another_file(struct context *ctx, const char *told, struct store_key *key)
{
    key->file = context_path(ctx, told);
    if (key->file == NULL)
        return fail_memory(ctx);
    key->has_key = true;
    key->made = access(key->file, F_OK) != 0;
    return key->made ? write_key(ctx, key->file, key->key) : read_key(ctx, key->file, key->key);
}

/* `advice` when nobody is there to be asked. */
static int new_passphrase(struct context *ctx, struct store_key *key, const char *advice)
{
    const char *passphrase = getenv("LINLI_NEW_PASSPHRASE");
    if (passphrase != NULL && passphrase[0] != '\0') {
        key->passphrase = strdup(passphrase);
        return key->passphrase == NULL ? fail_memory(ctx) : STATUS_DONE;
    }
    if (!ctx->in_terminal || !ctx->err_terminal)
        return fail_usage(ctx, "%s", advice);
    int status = ask_twice(ctx, key, _("New passphrase: "));
    if (status == STATUS_DONE && key->passphrase == NULL)
        return fail_usage(ctx, "%s", _("a passphrase is needed"));
    return status;
}

int store_key_another(struct context *ctx, struct store_key *key)
{
    const char *told = option_value(&ctx->options, "new-key-file");
    memset(key, 0, sizeof(*key));
    return told != NULL ? another_file(ctx, told, key)
                        : new_passphrase(ctx, key, _("give --new-key-file FILE or set $LINLI_NEW_PASSPHRASE"));
}

int store_key_passphrase(struct context *ctx, struct store_key *key)
{
    memset(key, 0, sizeof(*key));
    return new_passphrase(ctx, key, _("set $LINLI_NEW_PASSPHRASE, or call it at a terminal"));
}

int store_key_passphrase_ask(struct context *ctx, struct store_key *key)
{
    const char *passphrase = getenv("LINLI_PASSPHRASE");
    memset(key, 0, sizeof(*key));
    if (passphrase != NULL && passphrase[0] != '\0')
        key->passphrase = strdup(passphrase);
    else if (ctx->in_terminal && ctx->err_terminal)
        key->passphrase = ask(_("Passphrase of the key file: "));
    else
        return fail_usage(ctx, "%s", _("set $LINLI_PASSPHRASE, or call it at a terminal"));
    return key->passphrase == NULL ? fail_memory(ctx) : STATUS_DONE;
}
