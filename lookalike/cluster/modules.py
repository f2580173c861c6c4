"""Modules that a distribution on Maven Central lacks, made of their jars there: 3.4.0's has next to none."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["MODULES_OF_3_4_0", "Download", "Module"]


@dataclass(frozen=True)
class Download:
    """A file of Maven Central: its coordinates, `group:name:version:type`, and the sha256 that it must have."""

    artifact: str
    sha256: str

    @property
    def file(self) -> str:
        """The name that Maven gives it."""
        _, name, version, kind = self.artifact.split(":")
        return f"{name}-{version}.{kind}"


@dataclass(frozen=True)
class Module:
    """A module of OpenSearch: its name, class, jars, and which other modules it extends."""

    name: str
    class_name: str
    jars: tuple[Download, ...]
    extends: str = ""

    def write_descriptor(self, folder: Path, version: str) -> None:
        """Write what OpenSearch reads at its start beside the jars."""
        lines = {
            "name": self.name,
            "description": f"{self.name} from its jars",
            "version": version,
            "classname": self.class_name,
            "java.version": "21",
            "opensearch.version": version,
            "extended.plugins": self.extends,
        }
        text = "".join(f"{key}={value}\n" for key, value in lines.items())
        (folder / "plugin-descriptor.properties").write_text(text)


# k-NN extends lang-painless; processors, scripts and search templates are what users of the plugin write.
MODULES_OF_3_4_0 = (
    Module(
        "lang-painless",
        "org.opensearch.painless.PainlessModulePlugin",
        (
            Download(
                "org.opensearch.plugin:lang-painless:3.4.0:jar",
                "2c6d2f22ef905744ce4681d8c06127f7b5f78da69da7a5d6dfa6cb16304e4813",
            ),
            Download(
                "org.opensearch.plugin:opensearch-scripting-painless-spi:3.4.0:jar",
                "f35b1a391cdaee81bf419fa844fa5c52d71ba04b37952e15c5403d1b81c1a080",
            ),
            Download(
                "org.antlr:antlr4-runtime:4.13.1:jar",
                "54665d2838cc66458343468efc539e454fc95b46a8a04b13c6ac43fc9be63505",
            ),
            Download("org.ow2.asm:asm:9.7:jar", "adf46d5e34940bdf148ecdd26a9ee8eea94496a72034ff7141066b3eea5c4e9d"),
            Download(
                "org.ow2.asm:asm-tree:9.7:jar", "62f4b3bc436045c1acb5c3ba2d8ec556ec3369093d7f5d06c747eb04b56d52b1"
            ),
            Download(
                "org.ow2.asm:asm-util:9.7:jar", "37a6414d36641973f1af104937c95d6d921b2ddb4d612c66c5a9f2b13fc14211"
            ),
            Download(
                "org.ow2.asm:asm-commons:9.7:jar", "389bc247958e049fc9a0408d398c92c6d370c18035120395d4cba1d9d9304b7a"
            ),
            Download(
                "org.ow2.asm:asm-analysis:9.7:jar", "7bc6bcbc21379948a0c8c467fb0f864206e5b818f6bc0b546872f5c9f941556f"
            ),
        ),
    ),
    Module(
        "ingest-common",
        "org.opensearch.ingest.common.IngestCommonModulePlugin",
        (
            Download(
                "org.opensearch.plugin:ingest-common:3.4.0:jar",
                "5658ce42e7a6da9eb2b56f5a9d90a48af516e71fce977f56f0a86ee2c7f3bd62",
            ),
            Download(
                "org.opensearch:opensearch-grok:3.4.0:jar",
                "6f79c24e1e198a6d3bdf4137cc86ce9fa333d125c5fe46d034b0095b4e7fe60a",
            ),
            Download(
                "org.opensearch:opensearch-dissect:3.4.0:jar",
                "4485cfd64e6a5eda4aa8b8f75458e5190e4287e091b10eff34f3f3f8f5353519",
            ),
            Download(
                "org.jruby.joni:joni:2.2.6:jar", "fb33f60ab43e38653317bbf41a1fec89cbee270c48e53b0b56d1165c00de0e07"
            ),
            Download(
                "org.jruby.jcodings:jcodings:1.0.63:jar",
                "ef11e1741a65160c5619cd2c3c79c40ee0affda847062f012616034b9d10e719",
            ),
        ),
        extends="lang-painless",
    ),
    Module(
        "lang-mustache",
        "org.opensearch.script.mustache.MustacheModulePlugin",
        (
            Download(
                "org.opensearch.plugin:lang-mustache-client:3.4.0:jar",
                "51a3aeacad24d7b29a967c8869de42bcfb71982f01e3808851573e978dec7c5d",
            ),
            Download(
                "com.github.spullara.mustache.java:compiler:0.9.14:jar",
                "99a7e7855609135006f078e6de7ee69daad9c42f98e679d56f80653cb17526b9",
            ),
        ),
    ),
)
