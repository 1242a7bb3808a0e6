#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/result/node.h"

#include <math.h>
#include <string.h>

const MkNode *mk_node_member(const MkNode *object, const char *key)
{
    const MkNode *node = object != NULL ? object->first : NULL;
    while (node != NULL && (node->key == NULL || strcmp(node->key, key) != 0)) {
        node = node->next;
    }
    return node;
}

const char *mk_node_text(const MkNode *object, const char *key)
{
    const MkNode *node = mk_node_member(object, key);
    return node != NULL && node->kind == MK_NODE_STRING && node->string != NULL ? node->string : "";
}

double mk_node_value(const MkNode *object, const char *key)
{
    const MkNode *node = mk_node_member(object, key);
    return node != NULL && node->kind == MK_NODE_NUMBER ? node->number : NAN;
}

bool mk_node_is_true(const MkNode *object, const char *key)
{
    const MkNode *node = mk_node_member(object, key);
    return node != NULL && node->kind == MK_NODE_BOOL && node->number > 0;
}

const MkNode *mk_node_first(const MkNode *object, const char *key)
{
    const MkNode *node = mk_node_member(object, key);
    return node != NULL ? node->first : NULL;
}

size_t mk_node_count(const MkNode *object, const char *key)
{
    size_t n = 0;
    for (const MkNode *item = mk_node_first(object, key); item != NULL; item = item->next) {
        n++;
    }
    return n;
}
