from tests.support.kit.fixtures import *
