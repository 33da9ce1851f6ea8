# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import artifacts as artifacts
from . import catboost as catboost
from . import client as client
from . import config as config
from . import data as data
from . import entities as entities
from . import exceptions as exceptions
from . import h2o as h2o
from . import keras as keras
from . import lightgbm as lightgbm
from . import metrics as metrics
from . import models as models
from . import onnx as onnx
from . import paddle as paddle
from . import pmdarima as pmdarima
from . import prophet as prophet
from . import protos as protos
from . import pyfunc as pyfunc
from . import pytorch as pytorch
from . import sentence_transformers as sentence_transformers
from . import shap as shap
from . import sklearn as sklearn
from . import spacy as spacy
from . import spark as spark
from . import statsmodels as statsmodels
from . import store as store
from . import system_metrics as system_metrics
from . import tensorflow as tensorflow
from . import tracking as tracking
from . import transformers as transformers
from . import types as types
from . import utils as utils
from . import webhooks as webhooks
from . import xgboost as xgboost
from flowmill import __version__ as __version__
from flowmill import *
