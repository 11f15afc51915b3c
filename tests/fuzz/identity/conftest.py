from tests.support.identity.fixtures import *
