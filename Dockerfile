# Renewed by hand, with the tag: docker buildx imagetools inspect python:3.11-slim-bookworm
FROM python:3.11.15-slim-bookworm@sha256:b18992999dbe963a45a8a4da40ac2b1975be1a776d939d098c647482bcad5cba
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HUB_VAR_DIR=/var/lib/hub WEB_PORT=8000
RUN useradd --system --home /var/lib/hub hub && install --directory --owner hub --group hub --mode 700 /var/lib/hub
WORKDIR /srv/hub
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
RUN python -m compileall -q hub accounts models_registry reviews
USER hub
VOLUME /var/lib/hub
EXPOSE 8000
CMD ["python", "manage.py", "serve", "--only", "web", "--host", "0.0.0.0"]
