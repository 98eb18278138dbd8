/** Command line: devices as verbs name them: by the start of their key, or by the name of who holds them. */
#ifndef LINLI_APP_DEVICES_H
#define LINLI_APP_DEVICES_H

#include "context.h"

/** The key of the device that `text` names: a unique start (8 digits or more), or a holder's whole name. Exit code, the error printed. */
int devices_find(struct context *ctx, const char *text, uint8_t key[32]);

#endif
