/* What instrumented code does at each block, compiled: see instrument/steps.py.
 *
 *     hits[7]     one more for counter 7, which stays at 255; true
 *     hits[~7]    counter 7 is at least 1; true
 *
 * Optional: where this module was not built, the code counts in Python, with the same results.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *counters;
    PyObject *stop; /* what a step beyond the limit raises; NULL while steps are not limited */
    Py_ssize_t most;
    Py_ssize_t steps;
} Hits;

static int
within_limit(Hits *hits)
{
    if (++hits->steps <= hits->most)
        return 1;
    PyErr_SetObject((PyObject *)Py_TYPE(hits->stop), hits->stop);
    return 0;
}

static PyObject *
hits_subscript(Hits *hits, PyObject *key)
{
    Py_ssize_t index = PyLong_AsSsize_t(key);
    Py_ssize_t cell = index < 0 ? ~index : index;
    unsigned char *at;
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (cell >= PyByteArray_GET_SIZE(hits->counters)) {
        PyErr_Format(PyExc_IndexError, "there is no counter %zd", cell);
        return NULL;
    }
    at = (unsigned char *)PyByteArray_AS_STRING(hits->counters) + cell;
    if (index >= 0) {
        if (hits->stop != NULL && !within_limit(hits))
            return NULL;
        *at += *at != 255;
    }
    else if (*at == 0)
        *at = 1;
    return Py_NewRef(Py_True);
}

static PyObject *
hits_limit(Hits *hits, PyObject *arguments)
{
    PyObject *stop;
    Py_ssize_t most;
    if (!PyArg_ParseTuple(arguments, "nO", &most, &stop))
        return NULL;
    if (!PyExceptionInstance_Check(stop)) {
        PyErr_SetString(PyExc_TypeError, "what ends the steps must be an exception");
        return NULL;
    }
    Py_XSETREF(hits->stop, Py_NewRef(stop));
    hits->most = most;
    hits->steps = 0;
    Py_RETURN_NONE;
}

static PyObject *
hits_unlimit(Hits *hits, PyObject *Py_UNUSED(nothing))
{
    Py_CLEAR(hits->stop);
    return PyLong_FromSsize_t(hits->steps);
}

static PyObject *
hits_new(PyTypeObject *type, PyObject *arguments, PyObject *Py_UNUSED(keywords))
{
    PyObject *counters;
    Hits *hits;
    if (!PyArg_ParseTuple(arguments, "Y", &counters))
        return NULL;
    hits = (Hits *)type->tp_alloc(type, 0);
    if (hits != NULL)
        hits->counters = Py_NewRef(counters);
    return (PyObject *)hits;
}

static void
hits_dealloc(Hits *hits)
{
    PyTypeObject *type = Py_TYPE(hits);
    Py_XDECREF(hits->counters);
    Py_XDECREF(hits->stop);
    type->tp_free((PyObject *)hits);
    Py_DECREF(type);
}

static PyMethodDef hits_methods[] = {
    {"limit", (PyCFunction)hits_limit, METH_VARARGS,
     "limit(most, stop): count steps; each one beyond the first `most` raises `stop`."},
    {"unlimit", (PyCFunction)hits_unlimit, METH_NOARGS,
     "Raise nothing any more; return how many steps there were since `limit`."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot hits_slots[] = {
    {Py_tp_doc, "Hits(counters): steps the counters of a bytearray, which may grow."},
    {Py_tp_new, hits_new},
    {Py_tp_dealloc, hits_dealloc},
    {Py_tp_methods, hits_methods},
    {Py_mp_subscript, hits_subscript},
    {0, NULL},
};

static PyType_Spec hits_spec = {
    "fuzzengine._counters.Hits", sizeof(Hits), 0, Py_TPFLAGS_DEFAULT, hits_slots,
};

static int
module_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &hits_spec, NULL);
    int added;
    if (type == NULL)
        return -1;
    added = PyModule_AddObjectRef(module, "Hits", type);
    Py_DECREF(type);
    return added;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_counters", NULL, 0, NULL, module_slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__counters(void)
{
    return PyModuleDef_Init(&module);
}
