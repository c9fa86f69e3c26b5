/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/forest.h"

static const struct {
    const char *word;
    enum finding_level level;
} PROBLEMS[FOREST_PROBLEM_COUNT] = {
    [FOREST_DUPLICATE] = {"duplicate", LEVEL_FAIL},
    [FOREST_ACROSS] = {"duplicate-across-forests", LEVEL_FAIL},
    [FOREST_ORPHAN] = {"orphan", LEVEL_WARN},
    [FOREST_OTHER_COMPUTER] = {"other-computer", LEVEL_WARN},
    [FOREST_SERVICE_ACCOUNT] = {"service-account", LEVEL_WARN},
};

bool forest_has(const struct forest_holding *holding, enum forest_problem problem)
{
    switch (problem) {
    case FOREST_DUPLICATE:
        return holding->duplicate;
    case FOREST_ACROSS:
        return holding->across;
    case FOREST_ORPHAN:
        return holding->host && holding->host->computer == TRI_NO &&
               holding->host->in_dns == TRI_NO;
    case FOREST_OTHER_COMPUTER:
        return !holding->intended && holding->kind == ACCOUNT_COMPUTER && !holding->own_host &&
               holding->host && holding->host->computer == TRI_YES;
    case FOREST_SERVICE_ACCOUNT:
        return !holding->intended && holding->kind != ACCOUNT_COMPUTER &&
               holding->kind != ACCOUNT_KIND_UNKNOWN;
    case FOREST_PROBLEM_COUNT:
        break;
    }
    return false;
}

enum forest_problem forest_heaviest(const struct forest_holding *holding)
{
    enum forest_problem problem = FOREST_DUPLICATE;

    while (problem < FOREST_PROBLEM_COUNT && !forest_has(holding, problem)) {
        problem++;
    }
    return problem;
}

size_t forest_count(const struct forest_list *list, enum forest_problem problem)
{
    size_t count = 0;

    for (size_t i = 0; i < list->holding_count; i++) {
        count += forest_has(&list->holdings[i], problem);
    }
    return count;
}

const char *forest_problem_word(enum forest_problem problem)
{
    return PROBLEMS[problem].word;
}

enum finding_level forest_problem_level(enum forest_problem problem)
{
    return PROBLEMS[problem].level;
}

enum finding_id forest_finding(const struct forest_holding *holding, enum forest_problem problem)
{
    if (problem == FOREST_DUPLICATE || problem == FOREST_ACROSS) {
        return FINDING_SPN_DUPLICATE;
    }
    if (problem == FOREST_OTHER_COMPUTER) {
        return FINDING_SPN_ON_OTHER_COMPUTER;
    }
    if (problem == FOREST_ORPHAN || holding->enabled == TRI_NO) {
        return FINDING_SPN_STALE;
    }
    if (holding->with_port) {
        return FINDING_SPN_PORT_FORM;
    }
    return holding->kind == ACCOUNT_GROUP_MANAGED || holding->kind == ACCOUNT_MANAGED
               ? FINDING_SPN_ON_MANAGED_ACCOUNT
               : FINDING_SPN_ON_USER;
}

enum finding_level forest_level(const struct forest_list *list)
{
    enum finding_level level = list->problem ? LEVEL_UNKNOWN : LEVEL_OK;

    for (size_t i = 0; i < list->holding_count; i++) {
        const enum forest_problem problem = forest_heaviest(&list->holdings[i]);

        if (problem < FOREST_PROBLEM_COUNT && PROBLEMS[problem].level > level) {
            level = PROBLEMS[problem].level;
        }
    }
    return level;
}
