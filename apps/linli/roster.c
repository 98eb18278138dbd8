/* Command line, rosters: headings to columns, cells to one spelling, and what is wrong in words. */
#include "roster.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "shape.h"
#include "text.h"

/* First the name that exports write, then others that offices use, then English and the schema's own. */
static const heading_names names[ROSTER_CELLS] = {
    [ROSTER_BUILDING] = {"楼栋", "楼栋号", "楼幢", "栋号", "楼号", "幢号", "building", "楼栋名", "楼栋名称", "栋",
                         "幢", "building no"},
    [ROSTER_UNIT] = {"单元", "单元号", "单元名称", "unit", "unit no"},
    [ROSTER_FLOOR] = {"楼层", "层", "floor"},
    [ROSTER_ROOM] = {"房号", "室号", "房间号", "门牌号", "户号", "室", "房屋号", "门牌", "房间", "room", "room no"},
    [ROSTER_HEAD] = {"户主", "户主姓名", "head", "head of household"},
    [ROSTER_TENURE] = {"房屋类型", "房屋性质", "房屋状态", "tenure"},
    [ROSTER_NAME] = {"姓名", "居民姓名", "人员姓名", "成员姓名", "家庭成员", "name", "full name", "resident"},
    [ROSTER_RELATION] = {"与户主关系", "关系", "家庭关系", "与户主的关系", "relation", "relation to the head",
                         "relationship"},
    [ROSTER_SEX] = {"性别", "sex", "gender"},
    [ROSTER_ID_NUMBER] = {"身份证号", "身份证号码", "公民身份号码", "公民身份证号", "身份证", "证件号码", "身份号码",
                          "id_number", "id number", "identity number", "id card"},
    [ROSTER_BIRTH_DATE] = {"出生日期", "出生年月日", "生日", "birth_date", "date of birth", "birth date", "birthday"},
    [ROSTER_PHONE] = {"手机号", "手机号码", "联系电话", "电话", "手机", "联系方式", "电话号码", "联系号码", "phone",
                      "mobile", "telephone"},
    [ROSTER_REGISTERED] = {"户籍地", "户籍地址", "户籍", "户口所在地", "registered", "registered residence"},
    [ROSTER_RESIDENCE] = {"居住类型", "居住情况", "居住性质", "人员类别", "residence", "residence kind"},
    [ROSTER_DISABILITY_TYPE] = {"残疾类别", "残疾类型", "disability_type", "disability"},
    [ROSTER_DISABILITY_GRADE] = {"残疾等级", "残疾级别", "disability_grade", "disability grade"},
    [ROSTER_NOTE] = {"备注", "说明", "note", "notes", "remarks"},
    [ROSTER_ARRIVED] = {"来住日期", "入住日期", "迁入日期", "arrived"},
    [ROSTER_LEFT] = {"离开日期", "迁出日期", "搬离日期", "left"},
    [ROSTER_MARK] = {"导出凭据", "mark"},
};

/* The schema's field, and whether it is the household's. */
static const struct {
    const char *name;
    bool household;
} fields[ROSTER_COLUMNS] = {
    [ROSTER_BUILDING] = {"building", true},
    [ROSTER_UNIT] = {"unit", true},
    [ROSTER_FLOOR] = {"floor", true},
    [ROSTER_ROOM] = {"room", true},
    [ROSTER_HEAD] = {"head", true},
    [ROSTER_TENURE] = {"tenure", true},
    [ROSTER_NAME] = {"name", false},
    [ROSTER_RELATION] = {"relation", false},
    [ROSTER_SEX] = {"sex", false},
    [ROSTER_ID_NUMBER] = {"id_number", false},
    [ROSTER_BIRTH_DATE] = {"birth_date", false},
    [ROSTER_PHONE] = {"phone", false},
    [ROSTER_REGISTERED] = {"registered", false},
    [ROSTER_RESIDENCE] = {"residence", false},
    [ROSTER_DISABILITY_TYPE] = {"disability_type", false},
    [ROSTER_DISABILITY_GRADE] = {"disability_grade", false},
    [ROSTER_NOTE] = {"note", false},
    [ROSTER_ARRIVED] = {"arrived", false},
    [ROSTER_LEFT] = {"left", false},
};

const char *roster_heading(enum roster_column column)
{
    return names[column][0];
}

const char *roster_mark_heading(void)
{
    return "导出凭据（请勿修改）";
}

const char *roster_field(enum roster_column column, bool *household)
{
    *household = fields[column].household;
    return fields[column].name;
}

/* U+FF01..U+FF5E are ASCII 0x21..0x7E, and U+3000 the blank, at full width. */
void roster_halve(char *text)
{
    unsigned char *from = (unsigned char *)text, *to = from;
    while (*from != '\0') {
        if (from[0] == 0xEF && (from[1] == 0xBC || from[1] == 0xBD) && from[2] >= 0x80) {
            unsigned c = (from[1] == 0xBC ? 0u : 64u) + (from[2] & 0x3Fu);
            if (c >= 1 && c <= 0x5E) {
                *to++ = (unsigned char)(c + 0x20);
                from += 3;
                continue;
            }
        }
        if (from[0] == 0xE3 && from[1] == 0x80 && from[2] == 0x80) {
            *to++ = ' ';
            from += 3;
            continue;
        }
        *to++ = *from < 0x20 || *from == 0x7F ? ' ' : *from;
        from++;
    }
    *to = '\0';
}

bool roster_headings(const struct sheet_row *row, const char *rules, struct roster_map *map)
{
    memset(map, 0, sizeof(*map));
    return heading_map(row, rules, names, ROSTER_CELLS, map->cell, map->heading) && map->cell[ROSTER_NAME] >= 0 &&
           map->cell[ROSTER_ROOM] >= 0;
}

static void complain(struct roster_row *row, enum roster_column column, const char *words)
{
    size_t room = sizeof(row->problems) / sizeof(row->problems[0]);
    if (row->problem_count < room) {
        row->problems[row->problem_count].column = column;
        row->problems[row->problem_count++].words = words;
    }
}

static int choose(const char *text, const char *const *words, const int *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(text, words[i]) == 0)
            return numbers[i];
    return -1;
}

static void read_choices(struct roster_row *row)
{
    static const char *const sexes[] = {"男", "女", "未知", "未说明", "male", "female", "M", "F", "0", "1", "2", "9"};
    static const int sex_numbers[] = {1, 2, 0, 9, 1, 2, 1, 2, 0, 1, 2, 9};
    static const char *const tenures[] = {"自住", "出租", "空置", "商铺", "其他", "自有", "租住", "租赁", "空房",
                                          "owner", "rented", "vacant", "shop", "other"};
    static const int tenure_numbers[] = {1, 2, 3, 4, 5, 1, 2, 2, 3, 1, 2, 3, 4, 5};
    if (row->text[ROSTER_SEX][0] != '\0') {
        row->sex = choose(row->text[ROSTER_SEX], sexes, sex_numbers, sizeof(sex_numbers) / sizeof(int));
        if (row->sex < 0)
            complain(row, ROSTER_SEX, _("this is no sex: 男 or 女"));
    }
    if (row->text[ROSTER_TENURE][0] != '\0') {
        row->tenure = choose(row->text[ROSTER_TENURE], tenures, tenure_numbers, sizeof(tenure_numbers) / sizeof(int));
        if (row->tenure < 0)
            complain(row, ROSTER_TENURE, _("this is none of 自住, 出租, 空置, 商铺, 其他"));
    }
}

bool roster_date(const char *text, bool from_1904, char *out)
{
    char day[32];
    size_t size = strcspn(text, " T");
    bool timed = text[size] != '\0' && text[size + 1 + strspn(text + size + 1, "0123456789:.")] == '\0';
    if (strlen(text) == 5 && strspn(text, "0123456789") == 5 && text[0] != '0')
        return dates_serial((text[0] - '0') * 10000 + (text[1] - '0') * 1000 + (text[2] - '0') * 100 + (text[3] - '0') * 10 +
                                text[4] - '0', from_1904, out);
    if (timed && size < sizeof(day)) {
        snprintf(day, sizeof(day), "%.*s", (int)size, text);
        text = day;
    }
    return dates_read(text, out);
}

static void read_date(struct roster_row *row, enum roster_column column, bool from_1904, char *out)
{
    if (row->text[column][0] == '\0')
        return;
    if (roster_date(row->text[column], from_1904, out))
        row->text[column] = out;
    else
        complain(row, column, _("this is no date such as 1990-01-31"));
}

static void read_errors(struct roster_row *row)
{
    for (int column = 0; column < ROSTER_COLUMNS; column++) {
        bool number = column == ROSTER_ID_NUMBER || column == ROSTER_PHONE;
        const char *words = sheet_spoilt(row->text[column], number);
        if (words == NULL)
            continue;
        complain(row, (enum roster_column)column, words);
        row->text[column] = "";
    }
}

static void read_id(struct roster_row *row, const char *today)
{
    const char *text = row->text[ROSTER_ID_NUMBER];
    if (text[0] == '\0')
        return;
    enum idnumber_fault fault = idnumber_read(text, today, &row->id);
    if (fault != IDNUMBER_GOOD) {
        complain(row, ROSTER_ID_NUMBER, shape_identity_words(fault));
        return;
    }
    row->text[ROSTER_ID_NUMBER] = row->id.text;
    row->derived[ROSTER_SEX] = row->text[ROSTER_SEX][0] == '\0';
    row->derived[ROSTER_BIRTH_DATE] = row->text[ROSTER_BIRTH_DATE][0] == '\0';
    if (row->derived[ROSTER_SEX])
        row->sex = row->id.sex;
    else if ((row->sex == 1 || row->sex == 2) && row->sex != row->id.sex)
        complain(row, ROSTER_SEX, _("the identity number says the other sex"));
    if (row->derived[ROSTER_BIRTH_DATE])
        row->text[ROSTER_BIRTH_DATE] = row->id.birth;
    else if (row->birth[0] != '\0' && strcmp(row->birth, row->id.birth) != 0)
        complain(row, ROSTER_BIRTH_DATE, _("the identity number says another date of birth"));
}

static void read_phone(struct roster_row *row)
{
    if (row->text[ROSTER_PHONE][0] == '\0')
        return;
    if (shape_phone(row->text[ROSTER_PHONE], row->phone))
        row->text[ROSTER_PHONE] = row->phone;
    else
        complain(row, ROSTER_PHONE, _("this is no phone number"));
}

/* 501 is on floor 5, 1203 on 12; anything else says nothing. */
static void read_floor(struct roster_row *row)
{
    const char *room = row->text[ROSTER_ROOM];
    size_t size = strspn(room, "0123456789");
    if (row->text[ROSTER_FLOOR][0] != '\0' || size < 3 || size > 4 || strspn(room + size, "0123456789") != 0 ||
        (room[size] != '\0' && strcmp(room + size, "室") != 0) || room[0] == '0')
        return;
    snprintf(row->floor, sizeof(row->floor), "%.*s", (int)(size - 2), room);
    row->text[ROSTER_FLOOR] = row->floor;
    row->derived[ROSTER_FLOOR] = true;
}

/* The cells of a row, brought to half width where they are no words. */
static void take_cells(const struct roster_map *map, const struct sheet_row *row, struct roster_row *out)
{
    for (int column = 0; column < ROSTER_COLUMNS; column++) {
        int cell = map->cell[column];
        out->text[column] = "";
        if (cell < 0 || (size_t)cell >= row->count)
            continue;
        bool words = column == ROSTER_REGISTERED || column == ROSTER_NOTE;
        if (!words)
            roster_halve(row->cells[cell]);
        if (column == ROSTER_NAME || column == ROSTER_HEAD)
            sheet_one_point(row->cells[cell]);
        out->text[column] = row->cells[cell];
    }
}

static void take_place(const struct roster_place *above, struct roster_row *row)
{
    const char *relation = row->text[ROSTER_RELATION];
    if (above == NULL || !above->known || strcmp(relation, "户主") == 0 || strcmp(relation, "本人") == 0)
        return;
    for (int column = 0; column < ROSTER_NAME; column++)
        if (row->text[column][0] != '\0')
            return;
    for (int column = 0; column < ROSTER_NAME; column++)
        row->text[column] = above->text[column];
    row->carried = true;
}

void roster_place_set(struct roster_place *place, const struct roster_row *row)
{
    place->known = row->text[ROSTER_ROOM][0] != '\0';
    for (int column = 0; column < ROSTER_NAME; column++) {
        const char *text = row->derived[column] ? "" : row->text[column];
        size_t size = strlen(text);
        place->known = place->known && size < sizeof(place->text[column]);
        if (place->known && text != place->text[column])
            memcpy(place->text[column], text, size + 1);
    }
}

bool roster_read(const struct roster_map *map, const struct sheet_row *row, const char *today, const struct roster_place *above,
                 struct roster_row *out)
{
    memset(out, 0, sizeof(*out));
    out->sex = out->tenure = -1;
    take_cells(map, row, out);
    take_place(above, out);
    read_errors(out);
    if (out->text[ROSTER_NAME][0] == '\0')
        complain(out, ROSTER_NAME, _("the name is missing"));
    else if (!shape_name(out->text[ROSTER_NAME]))
        complain(out, ROSTER_NAME, _("a name has at most 50 characters"));
    if (out->text[ROSTER_ROOM][0] == '\0')
        complain(out, ROSTER_ROOM, _("the room is missing"));
    read_choices(out);
    read_date(out, ROSTER_BIRTH_DATE, row->from_1904, out->birth);
    read_date(out, ROSTER_ARRIVED, row->from_1904, out->arrived);
    read_date(out, ROSTER_LEFT, row->from_1904, out->left);
    read_id(out, today);
    read_phone(out);
    read_floor(out);
    return out->problem_count == 0;
}

static char *without_endings(const char *name, const char *const *endings, size_t count, char *out, size_t size)
{
    snprintf(out, size, "%s", name);
    roster_halve(out);
    size_t length = strlen(out);
    while (length > 0 && out[length - 1] == ' ')
        out[--length] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(out + length - ending, endings[i]) == 0) {
            out[length - ending] = '\0';
            break;
        }
    }
    for (char *at = out; *at != '\0'; at++)
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
    return out;
}

char *roster_building_key(const char *name, char *out, size_t size)
{
    static const char *const endings[] = {"号楼", "栋", "幢", "座", "楼", "号"};
    return without_endings(name, endings, sizeof(endings) / sizeof(endings[0]), out, size);
}

char *roster_room_key(const char *name, char *out, size_t size)
{
    static const char *const endings[] = {"单元", "号房", "室", "号", "房"};
    return without_endings(name, endings, sizeof(endings) / sizeof(endings[0]), out, size);
}
