"""Which paths other machines do not have."""

import pytest

from nbprod.kit.paths import PathKind, path_kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("/home/ada/x.csv", PathKind.HOME),
        ("/Users/ada", PathKind.HOME),
        (r"C:\Users\User\x", PathKind.HOME),
        ("D:/data/x", PathKind.HOME),
        ("~/data/x.csv", PathKind.HOME),
        ("file:///home/ada/x", PathKind.HOME),
        ("sqlite:///C:/x/y.db", PathKind.HOME),
        ("/content/drive/MyDrive/x", PathKind.MOUNT),
        ("/kaggle/input", PathKind.MOUNT),
        ("/Volumes/main/sales/", PathKind.MOUNT),
        ("/home/ec2-user/SageMaker/x", PathKind.MOUNT),
        (r"\\server\share\x", PathKind.MOUNT),
        ("../../data", PathKind.PARENT),
        ("/tmp/x", PathKind.TEMPORARY),
        ("/local_disk0/tmp/x", PathKind.TEMPORARY),
        ("/data/x.csv", PathKind.ABSOLUTE),
    ],
)
def test_paths_of_one_machine(text, kind):
    assert path_kind(text) is kind


@pytest.mark.parametrize(
    "text",
    [
        "data/x.csv", "../data", "..", "", "/", "/home", "/home/", "/home/username/x", "/Users/<you>/x",
        "/home/{user}/x", "/Volumes/",
        "~", "~/.aws/credentials", "/root/.kaggle/kaggle.json", "/dev/null", "/usr/share/fonts/x", "C:/Windows/Fonts",
        "s3://bucket/home/ada", "https://x.org/Users/ada", "//cdn.example.com/x", "sqlite:///x.db", "U:\n", "a:b",
        "/home/ada/one\n/home/ada/two", "/home/ada/" + "x" * 500,
    ],
)  # fmt: skip
def test_paths_that_others_may_have_and_texts_that_are_no_paths(text):
    assert path_kind(text) is None
