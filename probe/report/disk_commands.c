/* SPDX-License-Identifier: Apache-2.0 */
#include "report/disk_commands.h"

#include <string.h>

/* LAYOUT_WIDTH without the indent of a command. */
enum { COMMAND_LIMIT = 66 };

struct writer {
    struct arena *arena;
    struct disk_commands *commands;
    const char *step;
    const char *variable; /* the key that K stands for; NULL: none yet */
};

static bool is_plain(const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz"
                                "0123456789 ._-/\\:$(){},#@+~";

    return text && text[0] != '\0' && text[strspn(text, plain)] == '\0';
}

static void add_line(struct writer *writer, const char *text, bool by_hand)
{
    struct disk_commands *commands = writer->commands;
    void *items = commands->items;
    struct disk_command *command =
        arena_push(writer->arena, &items, &commands->count, sizeof(struct disk_command));

    commands->items = items;
    *command = (struct disk_command){.step = writer->step, .text = text, .by_hand = by_hand};
}

/* For commands that do the same for several places. */
static void add_once(struct writer *writer, const char *text)
{
    for (size_t i = 0; i < writer->commands->count; i++) {
        if (strcmp(writer->commands->items[i].text, text) == 0) {
            return;
        }
    }
    add_line(writer, text, false);
}

/* A command with one name in it; the name alone when it is not plain, or the line too long. */
static void add(struct writer *writer, const char *before, const char *name, const char *after)
{
    const char *text = arena_printf(writer->arena, "%s%s%s", before, name ? name : "?", after);
    const bool fits = is_plain(name) && strlen(text) <= COMMAND_LIMIT;

    add_line(writer, fits ? text : name ? name : "?", !fits);
}

static const char *last_part(const char *place, char separator)
{
    const char *found = strrchr(place, separator);

    return found ? found + 1 : place;
}

/* Puts a key that leaves no room for a command into the variable K, in pieces of a line. False when
   one name alone is longer. */
static bool set_variable(struct writer *writer, const char *key)
{
    enum { PIECE = COMMAND_LIMIT - sizeof("set K=%K%\\") };
    const char *above = "";

    if (writer->variable && strcmp(writer->variable, key) == 0) {
        return true;
    }
    writer->variable = key;
    while (*key) {
        size_t length = strlen(key);

        while (length > PIECE) {
            do {
                length--;
            } while (length > 0 && key[length] != '\\');
        }
        if (length == 0) {
            writer->variable = NULL;
            return false;
        }
        add_line(writer, arena_printf(writer->arena, "set K=%s%.*s", above, (int)length, key),
                 false);
        key += length + (key[length] == '\\' ? 1 : 0);
        above = "%K%\\";
    }
    return true;
}

/* The last part of the place is a key or a value of the key before it. */
static void delete_in_registry(struct writer *writer, const char *place, const char *between,
                               const char *after)
{
    const char *name = last_part(place, '\\');
    const char *key = arena_strndup(writer->arena, place, (size_t)(name - place) - (name > place));
    const char *text =
        arena_printf(writer->arena, "reg delete \"%s%s%s%s", key, between, name, after);

    if (is_plain(place) && strlen(text) > COMMAND_LIMIT && set_variable(writer, key)) {
        text = arena_printf(writer->arena, "reg delete \"%%K%%%s%s%s", between, name, after);
    }
    if (is_plain(place) && strlen(text) <= COMMAND_LIMIT) {
        add_line(writer, text, false);
    } else {
        add_line(writer, place, true);
    }
}

static void delete_account(struct writer *writer, enum disk_item item, const char *place)
{
    add(writer, item == DISK_ITEM_ACCOUNT_OTHER ? "net user \"" : "net localgroup \"",
        last_part(place, '\\'), "\" /delete");
}

/* A path below DIR, which is the root of a drive, as Windows writes it. */
static const char *windows_path(struct writer *writer, const char *place)
{
    char *path = arena_printf(writer->arena, "\\%s", place);

    for (char *at = path; *at; at++) {
        *at = *at == '/' ? '\\' : *at;
    }
    return path;
}

static void delete_file(struct writer *writer, enum disk_item item, const char *place)
{
    static const struct {
        enum disk_item item;
        const char *command;
    } fixed[] = {
        {DISK_ITEM_SMSUID_DAT, "del /s /a /f \\Smsuid.dat"},
        {DISK_ITEM_SMS1X, "del /s /a /f \\Sms1x.ini"},
        {DISK_ITEM_SMSCFG, "del /a /f %SystemRoot%\\Smscfg.ini"},
        {DISK_ITEM_SMSCFG_GUID, "del /a /f %SystemRoot%\\Smscfg.ini"},
        {DISK_ITEM_FOLDER_MS_SMS, "rd /s /q %SystemRoot%\\MS\\SMS"},
    };

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (fixed[i].item == item) {
            add_once(writer, fixed[i].command);
            return;
        }
    }
    add(writer, disk_item_row(item)->kind == DISK_KIND_FOLDER ? "rd /s /q \"" : "del /a /f \"",
        windows_path(writer, place), "\"");
}

/* IIS 6 has places such as /LM/W3SVC/1/ROOT/SMS_MP, and no appcmd. */
static void delete_web(struct writer *writer, const struct evidence_item *item)
{
    static const char metabase[] = "/LM/";
    const bool pool = disk_item_row(item->item)->kind == DISK_KIND_POOL;

    if (strncmp(item->where, metabase, sizeof(metabase) - 1) == 0) {
        add_once(writer, "cd /d %SystemDrive%\\Inetpub\\AdminScripts");
        if (pool) {
            add_once(writer, "set P=W3SVC/AppPools");
            add(writer, "cscript adsutil.vbs DELETE \"%P%/", last_part(item->where, '/'), "\"");
        } else {
            add(writer, "cscript adsutil.vbs DELETE \"", item->where + sizeof(metabase) - 1, "\"");
        }
        return;
    }
    add_once(writer, "cd /d %windir%\\system32\\inetsrv");
    add(writer,
        pool                                                           ? "appcmd delete apppool \""
        : item->value && strcmp(item->value, "virtual directory") == 0 ? "appcmd delete vdir \""
                                                                       : "appcmd delete app \"",
        item->where, "\"");
}

static void add_item(struct writer *writer, const struct checklist *checklist,
                     const struct evidence_item *item)
{
    const char *place = item->where ? item->where : "?";

    switch (disk_item_row(item->item)->kind) {
    case DISK_KIND_KEY:
        if (disk_item_row(item->item)->source == DISK_SAM) {
            delete_account(writer, item->item, place);
        } else if (item->item != DISK_ITEM_CERTIFICATE) {
            delete_in_registry(writer, place, "\\", "\" /f");
        } else if (checklist->procedure == DISK_ADVANCED) {
            add_once(writer, "ccmdelcert.exe");
        } else {
            add(writer, "certutil -delstore SMS ", last_part(place, '\\'), "");
        }
        break;
    case DISK_KIND_VALUE:
        if (item->item == DISK_ITEM_SHARE_CAP || item->item == DISK_ITEM_SHARE_PACKAGE) {
            add(writer, "net share ", last_part(place, '\\'), " /delete");
        } else {
            delete_in_registry(writer, place, "\" /v \"", "\" /f");
        }
        break;
    case DISK_KIND_START:
        add(writer, "sc stop ", last_part(place, '\\'), "");
        add(writer, "sc config ", last_part(place, '\\'), " start= demand");
        break;
    case DISK_KIND_FILE:
    case DISK_KIND_FOLDER:
    case DISK_KIND_GUID:
        delete_file(writer, item->item, place);
        break;
    case DISK_KIND_POOL:
    case DISK_KIND_WEB:
        delete_web(writer, item);
        break;
    case DISK_KIND_SID:
        break;
    }
}

static bool changes_registry(const char *command)
{
    return strncmp(command, "reg ", 4) == 0 || strncmp(command, "HKLM\\", 5) == 0;
}

void disk_commands_make(const struct checklist *checklist, struct arena *arena,
                        struct disk_commands *commands_out)
{
    struct writer writer = {.arena = arena, .commands = commands_out};
    bool left = false;

    memset(commands_out, 0, sizeof(*commands_out));
    for (size_t i = 0; i < checklist->step_count; i++) {
        left = left || checklist->steps[i].result == RESULT_LEFT;
    }
    for (size_t i = 0; i < checklist->step_count && left; i++) {
        const struct checklist_step *step = &checklist->steps[i];

        writer.step = step->row->number;
        if (step->row->nature == DISK_NATURE_HAND && step->found_count > 0) {
            add_once(&writer, "net stop ccmexec");
        }
        for (size_t j = 0; step->result == RESULT_LEFT && j < step->found_count; j++) {
            add_item(&writer, checklist, step->found[j]->item);
        }
    }
    for (size_t i = 0; i < commands_out->count; i++) {
        commands_out->registry =
            commands_out->registry || changes_registry(commands_out->items[i].text);
    }
}
