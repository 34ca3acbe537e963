# The images of Releve's programs: `docker build --target bridge .`, `--target node`,
# `--target broker`. compose.yaml builds them.

# One stage compiles everything, so that the programs share what they share.
FROM rust:1.95-bookworm AS build
WORKDIR /releve
COPY . .
# The bridge carries the web app within itself, so that comes first.
RUN cargo xtask ui \
    && cargo build --release --locked --bin releve-bridge --bin releve-node --bin releve-broker \
    && mkdir /state

FROM debian:bookworm-slim AS runtime
# None of the programs needs to be root, or owns a file in its image.
USER 10001:10001

FROM runtime AS broker
COPY --from=build /releve/target/release/releve-broker /usr/local/bin/
ENTRYPOINT ["releve-broker"]

FROM runtime AS node
COPY --from=build /releve/target/release/releve-node /usr/local/bin/
ENTRYPOINT ["releve-node"]

FROM runtime AS bridge
# A volume that is mounted there belongs to the program from the beginning.
COPY --from=build --chown=10001:10001 /state /var/lib/releve
COPY --from=build /releve/target/release/releve-bridge /usr/local/bin/
EXPOSE 8080
ENTRYPOINT ["releve-bridge"]
